from __future__ import annotations

import html
import re
import time

import pytest
from pygments.lexers import get_lexer_by_name

from conversations.core.markdown.highlight import (
    LANGUAGES,
    MAX_CODE,
    MAX_LABEL,
    PORTION,
    figure,
)

TAG = re.compile(r"<[^>]+>")


def body(shown: str) -> str:
    return shown.partition("<code>")[2].removesuffix("</code></pre></figure>")


@pytest.mark.parametrize(
    "name",
    ["python", "py", "js", "javascript", "c++", "c#", "sh", "yaml", "html", "sql"],
)
def test_the_usual_names_are_known(name: str) -> None:
    assert name in LANGUAGES


def test_every_known_name_has_a_lexer() -> None:
    for name in LANGUAGES:
        get_lexer_by_name(name)


@pytest.mark.parametrize(
    "source",
    ["x = 1\n", "\n\n  x\n\n", "\ttabs\n", 'a < b & "c"\n', "🙂\n"],
)
def test_colouring_changes_no_character(source: str) -> None:
    shown = body(figure("python", html.escape(source), coloured=True))
    assert html.unescape(TAG.sub("", shown)) == source


def test_names_are_known_in_any_case_and_shown_as_written() -> None:
    shown = figure("Python", "x = 1", coloured=True)
    assert "<span>Python</span>" in shown
    assert '<span class="n">' in shown


def test_open_code_is_plain() -> None:
    assert body(figure("python", "x = 1", coloured=False)) == "x = 1"


def test_long_code_is_coloured_to_its_end() -> None:
    source = "def f(x):\n    return x + 1\n\n" * 1_000
    assert PORTION < len(source) < MAX_CODE
    shown = body(figure("python", source, coloured=True))
    assert shown.count('<span class="nf">f</span>') == 1_000
    assert html.unescape(TAG.sub("", shown)) == source


def test_very_long_code_is_plain() -> None:
    source = "x = 1;\n" * (MAX_CODE // 7 + 1)
    assert body(figure("python", source, coloured=True)) == source


def test_a_long_label_is_cut() -> None:
    assert f"<span>{'x' * MAX_LABEL}</span>" in figure("x" * 500, "", coloured=True)


@pytest.mark.parametrize(
    "name", sorted({"c", "java", "js", "less", "matlab", "python"})
)
@pytest.mark.parametrize("unit", ["\n", " \n", "a b ", "/*$", "(", '"', "a.", "<!--"])
def test_no_text_takes_a_lexer_long(name: str, unit: str) -> None:
    source = (unit * 20_000)[:20_000]
    lines = "\n".join(source[at : at + 80] for at in range(0, len(source), 80))
    start = time.process_time()
    for text in (source, lines, source[:90] + ";\n" + lines):
        figure(name, html.escape(text), coloured=True)
    assert time.process_time() - start < 4
