"""A text as the detectors read it, and the way back to the places of the original.

What only looks different becomes the same: digits and dashes of all scripts, full-width
letters, spaces that do not break; ``%40`` and ``&#64;`` and ``(at)`` are the sign they
stand for; what cannot be seen goes; what was found already is one NUL.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from .placeholders import ANY as _PLACEHOLDER

HOLE = "\0"
FEW = 32  # signs, up to which to replace each is faster than to look at every one
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]+"
)
_PERCENT = re.compile(r"%([2-7][0-9A-Fa-f])")
_ENTITY = re.compile(r"&(?:#(\d{2,5}|[xX][0-9A-Fa-f]{2,4})|commat|period);")
_ESCAPE = re.compile(r"\\u00([2-7][0-9A-Fa-f])")
# A line in a string of code; before small letters as well the name of a folder.
_LINE = re.compile(r"\\[nrt](?=[A-Z0-9+(])")
_WORDED = re.compile(r"[\[({<]\s?([aA][tT]|[dD][oO][tT]|[@.:])\s?[\])}>]\s?")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u00b7"
_MEANT = {"&commat;": "@", "&period;": ".", "at": "@", "dot": "."}


class Piece(NamedTuple):
    """A stretch of the original that is read as something shorter."""

    start: int
    end: int
    read: str  # one character, or none


class Folded:
    """The text to search in, and where its characters come from."""

    def __init__(self, text: str, found: Iterable[tuple[int, int]] = ()) -> None:
        pieces = _pieces(text, [Piece(*place, HOLE) for place in found])
        parts: list[str] = []
        self._read = [0]  # where, in what is read, a piece or the rest after it begins
        self._from = [Piece(0, 0, "")]
        size = done = 0
        for piece in pieces:
            parts += (text[done : piece.start], piece.read)
            size += piece.start - done
            self._read += (size, size + len(piece.read))
            self._from += (piece, Piece(piece.end, piece.end, ""))
            size += len(piece.read)
            done = piece.end
        parts.append(text[done:])
        self.text = _plain("".join(parts))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place of what was found at ``start`` to ``end``."""
        return self._at(start)[0], self._at(end - 1)[1]

    def _at(self, index: int) -> tuple[int, int]:
        number = bisect_right(self._read, index) - 1
        piece = self._from[number]
        if piece.read:
            return piece.start, piece.end
        place = piece.start + index - self._read[number]
        return place, place + 1


def _pieces(text: str, holes: list[Piece]) -> list[Piece]:
    pieces: list[Piece] = []
    # A hole goes before all that it touches.
    for piece in sorted([*holes, *_coded(text)], key=lambda one: (one.start, -one.end)):
        if not pieces or piece.start >= pieces[-1].end:
            pieces.append(piece)
        elif piece.read == HOLE and pieces[-1].read != HOLE:
            pieces[-1] = piece
    return pieces


def _coded(text: str) -> Iterator[Piece]:
    if "[" in text:
        for match in _PLACEHOLDER.finditer(text):
            yield Piece(*match.span(), HOLE)
    if "%" in text:
        for match in _PERCENT.finditer(text):
            yield Piece(*match.span(), chr(int(match[1], 16)))
    if "&" in text:
        for match in _ENTITY.finditer(text):
            yield Piece(*match.span(), _entity(match))
    if "\\" in text:
        for match in _ESCAPE.finditer(text):
            yield Piece(*match.span(), chr(int(match[1], 16)))
        for match in _LINE.finditer(text):
            yield Piece(*match.span(), "\n")
    for match in _WORDED.finditer(text):
        spaced = text[match.start() - 1 : match.start()] == " "
        said = match[1].lower()
        yield Piece(match.start() - spaced, match.end(), _MEANT.get(said, said))
    if not text.isascii():
        for match in _UNSEEN.finditer(text):
            yield Piece(*match.span(), "")


def _entity(match: re.Match[str]) -> str:
    code = match[1]
    if code is None:
        return _MEANT[match[0]]
    return chr(max(ord(" "), int(code[1:], 16) if code[0] in "xX" else int(code)))


def _plain(text: str) -> str:
    """Of the same length, in plain letters, digits, dashes and spaces."""
    if text.isascii():
        return text
    odd = {sign for sign in set(text) if not sign.isascii()}
    plain = {sign: _plain_sign(sign) for sign in odd}
    changed = [sign for sign, read in plain.items() if read != sign]
    if len(changed) > FEW:
        return text.translate({ord(sign): read for sign, read in plain.items()})
    read_as = set(plain.values())
    # what another is read as goes first, or both would be read as what this one is
    for sign in sorted(changed, key=lambda one: one not in read_as):
        text = text.replace(sign, plain[sign])
    return text


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    if sign in _DASHES:
        return "-"
    if sign.isspace():
        return "\n" if sign in "\u2028\u2029\x85" else " "
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign
