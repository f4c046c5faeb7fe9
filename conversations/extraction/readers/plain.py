"""Plain text: a block for each paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conversations.core.blocks import Block
from conversations.extraction.found import LONGEST_BLOCK, End, Event, Progress
from conversations.extraction.texts import decoded

NOT_TEXT = "It is not text that can be read."
_BETWEEN = re.compile(r"\n(?:[ \t]*\n)+")


def read(data: bytes, pages: int) -> Iterator[Event]:
    text = decoded(data)
    if text is None:
        yield End(NOT_TEXT, failed=True)
        return
    yield from with_progress(paragraphs(text), len(text))


def paragraphs(text: str, page: int | None = None) -> Iterator[Block]:
    for part in _BETWEEN.split(text):
        if part.strip():
            yield from pieces(Block(part.strip("\n").rstrip(), page=page))


def pieces(block: Block) -> Iterator[Block]:
    """A block that is too long for one line of the answer, in several."""
    for start in range(0, len(block.text), LONGEST_BLOCK):
        text = block.text[start : start + LONGEST_BLOCK]
        yield Block(text, block.kind, block.page)


def with_progress(blocks: Iterator[Block], total: int) -> Iterator[Event]:
    """The blocks, and after every percent of ``total`` characters how far they are."""
    seen, told = 0, 0
    for block in blocks:
        yield block
        seen += len(block.text)
        if (done := min(99, seen * 100 // max(total, 1))) > told:
            told = done
            yield Progress(done)
