"""What the page does with patches, exactly like static/js: in UTF-16 units."""

from __future__ import annotations

import random

from conversations.core.markdown import MarkdownStream, Patch


class Browser:
    """Holds the message as the script does: a final part and one that may change."""

    def __init__(self) -> None:
        self.closed = ""
        self.open = ""
        self.blocks = 0
        self.replaced = 0

    @property
    def html(self) -> str:
        return self.closed + self.open

    def apply(self, patch: Patch | None) -> None:
        if patch is None:
            return
        keep = patch.keep
        if keep < 0:
            self.closed, self.open, self.blocks, keep = "", "", 0, 0
            self.replaced += 1
        self.open = _slice(self.open, 0, keep) + patch.html
        self.closed += _slice(self.open, 0, patch.done)
        self.open = _slice(self.open, patch.done)
        self.blocks += patch.blocks

    def join(self, stream: MarkdownStream) -> None:
        """Come late: take a snapshot instead of the patches so far."""
        self.closed, self.open = stream.closed_html, stream.open_html
        self.blocks = stream.closed_blocks


def _slice(text: str, start: int, end: int | None = None) -> str:
    units = text.encode("utf-16-le")
    stop = None if end is None else 2 * end
    return units[2 * start : stop].decode("utf-16-le")


def stream_in_pieces(source: str, pieces: list[tuple[str, bool]]) -> Browser:
    """Feed the pieces, flush after those that say so, finish; check every step."""
    stream, browser = MarkdownStream(), Browser()
    for text, flush in pieces:
        before = browser.closed
        stream.feed(text)
        if flush:
            browser.apply(stream.flush())
            assert browser.closed.startswith(before)
            assert browser.closed == stream.closed_html
            assert browser.open == stream.open_html
            assert browser.blocks == stream.closed_blocks
    browser.apply(stream.finish())
    assert stream.source == source
    assert browser.html == stream.html
    assert browser.open == stream.open_html == ""
    assert browser.blocks == stream.closed_blocks
    return browser


def cut_at_random(source: str, chance: random.Random) -> list[tuple[str, bool]]:
    """Pieces of one to sixty characters, about half of them followed by a flush."""
    pieces, start = [], 0
    while start < len(source):
        end = start + chance.choice((1, 1, 2, 3, 5, 8, 20, 60))
        pieces.append((source[start:end], chance.random() < 0.5))
        start = end
    return pieces
