"""Tables as text (CSV, TSV): the first row names the columns of all others."""

from __future__ import annotations

from collections.abc import Iterator

from conversations.core.blocks import Block
from conversations.extraction.found import End, Event
from conversations.extraction.readers.plain import NOT_TEXT, pieces, with_progress
from conversations.extraction.texts import decoded

LONGEST_ROW = 100  # lines; beyond that a quotation mark was forgotten


def read(data: bytes, pages: int) -> Iterator[Event]:
    text = decoded(data)
    if text is None:
        yield End(NOT_TEXT, failed=True)
        return
    yield from with_progress(rows(text), len(text))


def rows(text: str) -> Iterator[Block]:
    """Rows exactly as they are; one goes on over lines while a quotation is open."""
    kind, lines = "header", list[str]()
    for line in text.split("\n"):
        lines.append(line)
        is_open = sum(each.count('"') for each in lines) % 2 == 1
        if is_open and len(lines) < LONGEST_ROW:
            continue
        for row in lines if is_open else ["\n".join(lines)]:
            if row.strip():
                yield from _row(row, first=kind == "header")
                kind = "row"
        lines = []
    for row in lines:
        if row.strip():
            yield from _row(row, first=kind == "header")
            kind = "row"


def _row(row: str, *, first: bool) -> Iterator[Block]:
    yield from pieces(Block(row, "header" if first else "row"))
