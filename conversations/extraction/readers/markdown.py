"""Markdown: its headings part it; fenced code and tables stay in one piece."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conversations.core.blocks import Block, Kind
from conversations.extraction.found import End, Event
from conversations.extraction.readers.plain import NOT_TEXT, pieces, with_progress
from conversations.extraction.texts import decoded

_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def read(data: bytes, pages: int) -> Iterator[Event]:
    text = decoded(data)
    if text is None:
        yield End(NOT_TEXT, failed=True)
        return
    yield from with_progress(sections(text), len(text))


def sections(text: str) -> Iterator[Block]:
    """Headings and paragraphs; lines stay exactly as they are."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            lines.append(line)
            if _closes(line, fence):
                yield from _block(lines, "code")
                lines, fence = [], ""
        elif opening := _FENCE.match(line):
            yield from _block(lines, "text")
            lines, fence = [line], opening[1]
        elif _HEADING.match(line):
            yield from _block(lines, "text")
            yield from _block([line], "heading")
            lines = []
        elif _UNDERLINE.match(line) and len(lines) == 1:
            yield from _block([*lines, line], "heading")
            lines = []
        elif line.strip():
            lines.append(line)
        else:
            yield from _block(lines, "text")
            lines = []
    yield from _block(lines, "code" if fence else "text")


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return mark.startswith(fence) and not mark.strip(fence[0])


def _block(lines: list[str], kind: Kind) -> Iterator[Block]:
    text = "\n".join(lines).rstrip()
    if text.strip():
        yield from pieces(Block(text, kind))
