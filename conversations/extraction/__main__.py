"""The process that looks into a file: bytes in, lines of JSON out.

python -m conversations.extraction inspect
python -m conversations.extraction read KIND PAGES
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module

from conversations.core.blocks import Block
from conversations.extraction import limits, readers
from conversations.extraction.found import End, Event, encode_events, encode_found

LINE = 32_000  # characters of text, beyond which they are told
TOO_LARGE = "It is too large or too complicated to be read."


def main(words: list[str]) -> int:
    limits.apply()
    data = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    if words[0] == "inspect":
        sniffing = import_module("conversations.extraction.sniffing")
        out.write(encode_found(sniffing.look(data)))
        return 0
    for told in _together(_read(words[1], data, int(words[2]))):
        out.write(encode_events(told))
        out.flush()
    return 0


def _together(events: Iterator[Event]) -> Iterator[list[Event]]:
    told: list[Event] = []
    size = 0
    for event in events:
        told.append(event)
        size += len(event.text) if isinstance(event, Block) else LINE
        if size >= LINE:
            yield told
            told, size = [], 0


def _read(kind: str, data: bytes, pages: int) -> Iterator[Event]:
    try:
        yield from readers.read(kind, data, pages)
    except MemoryError:
        yield End(TOO_LARGE, failed=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
