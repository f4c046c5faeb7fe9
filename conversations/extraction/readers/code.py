"""Source code: a block for each function, class or other thing at the left margin."""

from __future__ import annotations

from collections.abc import Iterator

from conversations.core.blocks import Block
from conversations.extraction.found import End, Event
from conversations.extraction.readers.plain import NOT_TEXT, pieces, with_progress
from conversations.extraction.texts import decoded

_CLOSING = ")]}"


def read(data: bytes, pages: int) -> Iterator[Event]:
    text = decoded(data)
    if text is None:
        yield End(NOT_TEXT, failed=True)
        return
    yield from with_progress(definitions(text), len(text))


def definitions(text: str) -> Iterator[Block]:
    """What begins at the margin after an empty line begins a block; the lines of a
    block stay exactly as they are.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        at_margin = bool(line) and not line[0].isspace() and line[0] not in _CLOSING
        if at_margin and lines and not lines[-1].strip():
            yield from _block(lines)
            lines = []
        lines.append(line)
    yield from _block(lines)


def _block(lines: list[str]) -> Iterator[Block]:
    text = "\n".join(lines).strip("\n").rstrip()
    if text.strip():
        yield from pieces(Block(text, "code"))
