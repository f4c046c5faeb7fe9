"""Markdown to unsanitised HTML: the only file that knows the parser.

Another parser fits if it escapes raw HTML and knows on which lines its blocks stand.
"""

from __future__ import annotations

import re

import comrak

_EXTENSIONS = comrak.ExtensionOptions()
_EXTENSIONS.table = _EXTENSIONS.strikethrough = _EXTENSIONS.tasklist = True
_EXTENSIONS.autolink = _EXTENSIONS.math_dollars = _EXTENSIONS.math_latex = True
_SYNTAX = comrak.ParseOptions()
_PLAIN = comrak.RenderOptions()
_POSITIONED = comrak.RenderOptions()
# Raw HTML is shown as text, never interpreted.
_PLAIN.escape = _POSITIONED.escape = True
_POSITIONED.sourcepos = True

_BLOCK = re.compile(
    r"<(?:p|h[1-6]|ul|ol|blockquote|pre|table|hr)\b[^>]*? "
    r'data-sourcepos="(\d+):\d+-(\d+):'
)


def parse(source: str) -> str:
    return comrak.render_markdown(source, _EXTENSIONS, _SYNTAX, _PLAIN)


def top_level(source: str) -> list[tuple[int, int]]:
    """First and last line, counted from 1, of each block that no other block holds.

    A line of text that none of them covers defines a link.
    """
    parsed = comrak.render_markdown(source, _EXTENSIONS, _SYNTAX, _POSITIONED)
    spans: list[tuple[int, int]] = []
    end = 0
    for match in _BLOCK.finditer(parsed):
        first, last = int(match[1]), int(match[2])
        if first > end:
            spans.append((first, last))
        end = max(end, last)
    return spans
