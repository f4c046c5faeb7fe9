"""A code block: its frame with the copy button, and its colours.

Many of the highlighter's languages need quadratic time for some texts, and a few need
minutes. So only languages people use and tests have measured are coloured, a portion at
a time, and text that repeats itself like no program does stays plain.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import LEXERS, get_lexer_by_name

MAX_CODE = 100_000
PORTION = 8_000
MAX_LABEL = 40

_COMMON = """
bash bat c clojure cmake common-lisp console cpp csharp css dart diff django docker
elixir erlang fortran fsharp go graphql groovy haskell html http ini java jinja js json
jsx julia kotlin less lua make matlab mysql nasm nginx nim objective-c ocaml perl php
postgresql powershell protobuf pycon python r ruby rust sass scala scheme scss solidity
sql swift terraform tex toml ts tsx vim vue xml yaml zig
"""
LANGUAGES = frozenset(
    alias
    for _, _, aliases, _, _ in LEXERS.values()
    if not set(aliases).isdisjoint(_COMMON.split())
    for alias in aliases
)

_PUNCTUATION = re.compile(r"[^\w\s]")
_SPACE = re.compile(r"\s+")
_REPEATED = re.compile(r"(.{1,4}?)\1{199}", re.S)
_formatter = HtmlFormatter(nowrap=True)


def figure(language: str, escaped: str, *, coloured: bool) -> str:
    """Frame a block of code that is already escaped."""
    name = language.lower()
    source = html.unescape(escaped)
    if coloured and name in LANGUAGES and len(source) <= MAX_CODE:
        escaped = "".join(_colour(name, part) for part in _portions(source))
    label = html.escape(language[:MAX_LABEL] or "text")
    return (
        f'<figure class="code"><figcaption><span>{label}</span>'
        '<button type="button" class="copy" data-copy>Copy</button></figcaption>'
        f'<pre tabindex="0"><code>{escaped}</code></pre></figure>'
    )


def _portions(source: str) -> Iterator[str]:
    """Cut a long text, at an empty line or else at a line end where there is one."""
    start = 0
    while len(source) - start > PORTION:
        end = start + PORTION
        cut = max(source.rfind("\n\n", start, end), start)
        cut = cut if cut > start else source.rfind("\n", start, end)
        cut = cut + 1 if cut > start else end
        yield source[start:cut]
        start = cut
    yield source[start:]


# A list or a quote is rendered again as it grows, with the code it holds.
@lru_cache(maxsize=256)
def _colour(name: str, source: str) -> str:
    if not _like_a_program(source):
        return html.escape(source)
    return highlight(source, _lexer(name), _formatter)


@lru_cache(maxsize=64)
def _lexer(name: str) -> Any:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)


def _like_a_program(source: str) -> bool:
    """Whether lines, gaps and wordy stretches are as short as programs have them."""
    return (
        max(map(len, source.split("\n"))) <= 1_000
        and max(map(len, _SPACE.findall(source)), default=0) < 100
        and max(len(part.split()) for part in _PUNCTUATION.split(source)) < 100
        and not _REPEATED.search(source)
    )
