"""Readers of text, one for each kind of file: bytes in, events in reading order out."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from conversations.core.blocks import Block
from conversations.extraction.found import End, Event

MOST_CHARACTERS = 2_000_000
TEXT_LEFT_OUT = "Only its first two million characters were read."
NOTHING = "There is no text in it."

# each module has ``read(data, pages)``; only the one that is needed is loaded
READERS = {
    "text": "plain",
    "markdown": "markdown",
    "code": "code",
    "csv": "tables",
    "pdf": "pdf",
    "docx": "word",
}


def read(kind: str, data: bytes, pages: int) -> Iterator[Event]:
    """The text of ``data``, of at most ``pages`` pages; ends with an ``End``."""
    left = MOST_CHARACTERS
    reader = import_module(f"{__name__}.{READERS[kind]}")
    for event in reader.read(data, pages):
        if isinstance(event, Block):
            if len(event.text) > left:
                yield Block(event.text[:left], event.kind, event.page)
                yield End(TEXT_LEFT_OUT)
                return
            left -= len(event.text)
        yield event
        if isinstance(event, End):
            return
    yield End("" if left < MOST_CHARACTERS else NOTHING)
