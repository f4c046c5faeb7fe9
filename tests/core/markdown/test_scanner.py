from __future__ import annotations

import pytest

from conversations.core.markdown.scanner import (
    MAX_COLUMNS,
    MAX_LINE,
    MAX_LOOSE_PARENS,
    Scanner,
    prepare,
)
from conversations.core.markdown.veil import BACKSLASH, LESS, clean, hide, show


@pytest.mark.parametrize(
    "line",
    [
        "<div>",
        "  <div>",
        "> <!-- x",
        "- <b>",
        "1. - <?php",
        ">\t<![CDATA[",
        "</p>",
        "<!X",
    ],
)
def test_html_that_would_open_a_block_is_hidden(line: str) -> None:
    assert prepare(line) == line.replace("<", LESS, 1)


@pytest.mark.parametrize(
    "line",
    [
        "<http://a.b>",
        "<a@b.c>",
        "a <b>",
        "< b",
        "<3",
        "| <b> |",
        "- a <b>",
        "<mailto:x>",
    ],
)
def test_other_angle_brackets_are_left_alone(line: str) -> None:
    assert prepare(line) == line


@pytest.mark.parametrize(
    ("source", "formula"),
    [
        ("$$x$$", "$$x$$"),
        ("$$\nx\n$$", "$$\nx\n$$"),
        ("\\[\nx\n\n\\]", "\\[\nx\n\n\\]"),
        ("\\begin{align}\nx\n\\end{align}", "\\begin{align}\nx\n\\end{align}"),
        ("\\begin{align*}x\\end{align*}", "\\begin{align*}x\\end{align*}"),
    ],
)
def test_display_maths_becomes_one_line(source: str, formula: str) -> None:
    assert prepare(f"a\n{source}\nb") == f"a\n{hide('maths', formula)}\nb"


def test_maths_in_an_item_keeps_its_place() -> None:
    assert prepare("1. $$\n   x\n   $$") == "1. " + hide("maths", "$$\nx\n$$")
    assert prepare("- a\n  \\[ x \\]") == "- a\n  " + hide("maths", "\\[ x \\]")


def test_text_after_a_formula_is_a_line_of_its_own() -> None:
    prepared = prepare("  $$\n  x $$ tail")
    assert prepared == "  " + hide("maths", "$$\nx $$") + "\n  tail"


@pytest.mark.parametrize(
    "source",
    [
        "$$x$$ and more",
        "a $$x$$",
        "$$$ x",
        "$$ never closed",
        "$$ a\n\nb $$",
        "$$ a\n```\n$$\n```",
        "\\[\n" + "x\n" * 100 + "\\]",
        "\\begin{itemize}\nx\n\\end{itemize}",
        "```\n$$\nx\n$$\n```",
        "- ~~~\n  $$ x $$\n  ~~~",
        "> ```\n> $$ x $$",
    ],
)
def test_what_is_not_display_maths_stays_as_it_is(source: str) -> None:
    assert prepare(source) == source


@pytest.mark.parametrize(
    "source",
    [
        "```\na\n```\n$$x$$",
        "- ```\n  a\nb\n\n$$x$$",
        "> ```\n> a\n\n$$x$$",
        "~~~~\n~~~\n~~~~\n$$x$$",
        "``` a`b\n$$x$$",
        "1. a\n\n   ```\n   b\n   ```\n$$x$$",
    ],
)
def test_maths_after_code_is_maths_again(source: str) -> None:
    assert prepare(source).endswith(hide("maths", "$$x$$"))


@pytest.mark.parametrize("closer", ["``", "    ```", "```x", "~~~"])
def test_a_fence_is_closed_only_by_its_like(closer: str) -> None:
    scanner = Scanner()
    scanner.line("```")
    scanner.line(closer)
    assert scanner.in_code
    scanner.line("````  ")
    assert not scanner.in_code


def test_a_copy_goes_its_own_way() -> None:
    scanner = Scanner()
    scanner.line("$$ a")
    copy = scanner.copy()
    copy.line("b $$")
    assert scanner.in_formula
    assert not copy.in_formula
    assert scanner.pending() == [hide("pending", "$$ a")]


@pytest.mark.parametrize(
    "body",
    ["a" * (MAX_LINE + 1), "a|" * (MAX_COLUMNS + 1)],
)
def test_a_line_beyond_the_bounds_is_shown_as_written(body: str) -> None:
    prepared = prepare(f"- {body}")
    assert prepared == "- " + hide("raw", body)
    assert show(prepared) == f"- {body}"


def test_a_line_nested_too_deep_is_shown_as_written() -> None:
    assert prepare(">" * 40) == hide("raw", ">" * 40)
    assert prepare("> - " * 19) == "> - " * 19


def test_only_so_many_brackets_of_a_paragraph_may_lack_their_closer() -> None:
    line = "\\(a"
    *first, last = prepare("\n".join([line] * (MAX_LOOSE_PARENS + 1))).split("\n")
    assert first == [line] * MAX_LOOSE_PARENS
    assert last == f"{BACKSLASH}(a"
    assert prepare("\n\n".join([line] * 20)) == "\n\n".join([line] * 20)
    assert prepare("\\(a\\) " * 20) == "\\(a\\) " * 20


def test_every_kind_of_line_end_is_one() -> None:
    assert clean("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_hidden_text_comes_back_escaped() -> None:
    raw = hide("raw", '<b> & "c"')
    assert show(f"<p>{raw}</p>") == "<p>&lt;b&gt; &amp; &quot;c&quot;</p>"
    formula = hide("maths", "$$a<b$$")
    assert show(f"<code>{formula}</code>") == "<code>$$a&lt;b$$</code>"
