"""The stretch of a text around what was found in it, for a list of results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from conversations.core.finding import Place

AROUND = 80  # characters before the first and behind the last word that is shown
WIDEST = 120  # characters between those two
_LOOSE = 20  # characters that may be given up to cut between words
_SPACE = re.compile(r"\s+")
_UNSHOWN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


class Piece(NamedTuple):
    text: str
    marked: bool = False


Snippet = tuple[Piece, ...]


def snippet(text: str, places: Sequence[Place] = ()) -> Snippet:
    """Where most of what was found stands together; without places, the beginning."""
    shown = _densest(places)
    first, last = (shown[0].start, shown[-1].end) if shown else (0, AROUND)
    start, end = _cut_before(text, first - AROUND), _cut_behind(text, last + AROUND)
    inside = [one for one in places if start <= one.start and one.end <= end]
    pieces = [*_marked(text, inside, start, end)]
    if start > 0:
        pieces.insert(0, Piece("… "))
    if end < len(text):
        pieces.append(Piece(" …"))
    return tuple(pieces)


def whole(text: str, places: Sequence[Place] = ()) -> Snippet:
    """All of a short text, as a title is."""
    return tuple(_marked(text, places, 0, len(text)))


def _marked(
    text: str, places: Sequence[Place], start: int, end: int
) -> Iterator[Piece]:
    at = start
    for place in places:
        if place.start < at:  # a word may be found by two parts
            continue
        if place.start > at:
            yield _piece(text[at : place.start])
        yield _piece(text[place.start : place.end], True)
        at = place.end
    if at < end:
        yield _piece(text[at:end])


def _densest(places: Sequence[Place]) -> Sequence[Place]:
    """The neighbours with the most different parts, the first of equals."""
    best: Sequence[Place] = ()
    most = 0
    for at, first in enumerate(places):
        near = [one for one in places[at:] if one.end - first.start <= WIDEST]
        near = near or [first]
        if (parts := len({one.part for one in near})) > most:
            best, most = near, parts
    return best


def _piece(text: str, marked: bool = False) -> Piece:
    return Piece(_SPACE.sub(" ", _UNSHOWN.sub("\ufffd", text)), marked)


def _cut_before(text: str, at: int) -> int:
    if at <= 0:
        return 0
    space = _SPACE.search(text, at, at + _LOOSE)
    return space.end() if space else at


def _cut_behind(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    spaces = list(_SPACE.finditer(text, at - _LOOSE, at))
    return spaces[-1].start() if spaces else at
