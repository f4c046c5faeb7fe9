"""Cutting a document into passages: stretches that can be found and cited alone.

A passage ends where the document pauses: at the end of a page, before a heading,
between paragraphs, functions or rows. Only what is longer than a passage is cut inside,
at an empty line, a line, a sentence, a space, whichever comes first to hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conversations.core.blocks import Block

AIM = 360  # tokens of a passage that is full
MOST = 420  # tokens; so that little is not parted from what it introduces
LITTLE = 120  # tokens; what has fewer goes on over a heading
OVERLAP = 40  # tokens of a cut paragraph that are told again
LEAD = 100  # tokens; a longer heading or row of column names is not told again
ATOM = 80  # tokens of the largest part that a long block is packed from
COUNTED = 2_000  # characters; longer runs without a pause are slow to count

_SEAMS = (
    re.compile(r"(?<=\n)(?=[ \t]*\n)"),
    re.compile(r"(?<=\n)"),
    re.compile(r"(?<=[.!?…])(?=\s)|(?<=[。！？])"),
)


@dataclass(frozen=True, slots=True)
class Cut:
    """The text of a passage, the page it lies on if there are pages, its tokens."""

    text: str
    page: int | None
    tokens: int


class Cutter:
    """Takes blocks in reading order and gives back passages as they become full."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._page: int | None = None
        self._parts: list[str] = []
        self._tokens = 0
        self._has_news = False  # more than what is told again
        self._heading = ""  # of the section that goes on
        self._columns = ""  # of the table that goes on

    def add(self, block: Block) -> list[Cut]:
        made = list(self._before(block))
        if block.kind == "heading":
            self._heading = self._short(block.text)
        elif block.kind == "header":
            self._columns = self._short(block.text)
        tokens = self._size(block.text)
        if tokens > AIM:
            return [*made, *self._in_pieces(block)]
        if self._tokens + tokens > (MOST if self._tokens < LITTLE else AIM):
            made += self._close()
        self._put(block, block.text, tokens)
        return made

    def end(self) -> list[Cut]:
        """What is left; then it may begin with another document."""
        made = list(self._close())
        self._heading = self._columns = ""
        self._page = None
        return made

    # --- helpers
    def _before(self, block: Block) -> Iterator[Cut]:
        """Pause where this block begins something else."""
        if block.page != self._page:
            yield from self._close()
            self._page = block.page
        if block.kind == "heading" and self._tokens >= LITTLE:
            yield from self._close()
        if block.kind == "header":
            yield from self._close()
        if block.kind != "row":
            self._columns = ""

    def _put(self, block: Block, text: str, tokens: int) -> None:
        if not self._parts:
            self._tell_again(block)
        joint = "\n" if block.kind == "row" else "\n\n"
        self._parts += [joint, text] if self._parts else [text]
        self._tokens += tokens + 1  # for the joint
        self._has_news = True

    def _tell_again(self, block: Block) -> None:
        again = self._columns if block.kind == "row" else ""
        if block.kind in ("text", "code"):
            again = self._heading
        if again:
            self._parts, self._tokens = [again], self._count(again)

    def _in_pieces(self, block: Block) -> Iterator[Cut]:
        """A block that is longer than a passage."""
        if self._tokens >= LITTLE:
            yield from self._close()
        before = ""
        for piece in self._pieces(block.text, AIM - self._tokens - OVERLAP):
            if before:
                yield from self._close()
                if block.kind == "text":
                    piece = self._tail(before) + piece.lstrip()
            self._put(block, piece.strip("\n").rstrip(), self._size(piece))
            before = piece

    def _pieces(self, text: str, first: int) -> Iterator[str]:
        """``text`` in parts; ``first`` tokens of it, then as many as fit."""
        piece, tokens, room = "", 0, first
        for atom in self._atoms(text, 0):
            more = self._count(atom)
            if piece and tokens + more > room:
                yield piece
                piece, tokens, room = "", 0, AIM - OVERLAP
            piece += atom
            tokens += more
        if piece.strip():
            yield piece

    def _atoms(self, text: str, seam: int) -> Iterator[str]:
        """Parts of ``text``, none larger than fits, as large as its pauses let them."""
        if len(text) <= COUNTED and self._count(text) <= ATOM:
            yield text
        elif seam < len(_SEAMS):
            for part in _SEAMS[seam].split(text):
                if part:
                    yield from self._atoms(part, seam + 1)
        elif len(text) == 1:
            yield text
        else:
            middle = _middle(text)
            yield from self._atoms(text[:middle], seam)
            yield from self._atoms(text[middle:], seam)

    def _tail(self, piece: str) -> str:
        """The last words of a piece, to begin the next one with."""
        words = piece.split()[-OVERLAP:]
        while words and self._count(" ".join(words)) > OVERLAP:
            words = words[len(words) // 4 + 1 :]
        return f"… {' '.join(words)} " if words else ""

    def _size(self, text: str) -> int:
        """Tokens; of a long text only that it is longer than a passage."""
        return self._count(text) if len(text) <= 4 * COUNTED else AIM + 1

    def _short(self, text: str) -> str:
        return text if len(text) <= COUNTED and self._count(text) <= LEAD else ""

    def _close(self) -> Iterator[Cut]:
        if self._has_news:
            text = "".join(self._parts)
            yield Cut(text, self._page, self._count(text))
        self._parts, self._tokens, self._has_news = [], 0, False


def _middle(text: str) -> int:
    """Where to halve what has no pause: after the space before its middle, if any."""
    half = len(text) // 2
    return text.rfind(" ", 1, half) + 1 or half
