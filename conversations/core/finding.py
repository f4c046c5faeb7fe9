"""Whether a text has what a query asks for, and where: the last word on every hit.

The index names candidates; this reads them. Texts are compared folded (small letters,
no accents), sign by sign, so that every place can be told in the text as it is.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from conversations.core.queries import Part, Query
from conversations.core.terms import (
    LONGEST,
    STOP,
    UNSPACED_SIGNS,
    folded,
    is_unspaced,
    stem,
)

MOST_PLACES = 30  # of one part in one text
OF_LITTLE_WEIGHT = 0.2
_WORD = re.compile(rf"[^\W_{UNSPACED_SIGNS}]+")
_BETWEEN = re.compile(r"[\W_]*")
NEAR = 60  # characters around the words that tell a passage about them from chance


class Place(NamedTuple):
    """Where a part of the query is, in characters."""

    start: int
    end: int
    part: int


class Match(NamedTuple):
    """``places`` are in the folded text and in their order: see ``in_text``."""

    places: list[Place]
    score: float


class Finder:
    """Finds the parts of a query in texts: all of them, but for words that say nothing
    where there are others. With ``weights``, one for each part, any of them will do.
    """

    def __init__(self, query: Query, weights: Sequence[float] | None = None) -> None:
        self._parts, self._without = query.parts, query.without
        self._weights = weights or [_weight(part) for part in query.parts]
        least = max(self._weights, default=0)
        self._required = [not weights and own == least for own in self._weights]

    def find(self, text: str) -> Match | None:
        """None when the text lacks what is required, or has what must not be in it. Of
        a long text the beginning is read.
        """
        plain = fold(text[:LONGEST])
        if any(next(_places(plain, part), None) for part in self._without):
            return None
        found = []
        for number, part in enumerate(self._parts):
            places = [Place(*at, number) for at in _some(plain, part)]
            if not places and self._required[number]:
                return None
            found.append(places)
        if self._parts and not any(found):
            return None
        places = sorted(place for places in found for place in places)
        return Match(places, self._score(found, len(plain)))

    def _score(self, found: list[list[Place]], length: int) -> float:
        """How often, in how long a text, and how near to each other."""
        damping = 0.5 + length / 4_000
        often = math.fsum(
            weight * len(places) / (len(places) + damping)
            for weight, places in zip(self._weights, found, strict=True)
        )
        present = [places for places in found if places]
        if len(present) < 2:
            return often
        return often + len(present) / (1 + closest(present) / NEAR)


def closest(found: Sequence[Sequence[Place]]) -> int:
    """Characters of the shortest stretch that has one place of each."""
    latest: dict[int, Place] = {}
    best = LONGEST
    for place in sorted(place for places in found for place in places):
        latest[place.part] = place
        if len(latest) == len(found):
            best = min(best, place.end - min(one.start for one in latest.values()))
    return best


def fold(text: str) -> str:
    """As ``terms.folded`` does it, sign by sign."""
    return text.lower() if text.isascii() else text.translate(_SIGNS)


def in_text(text: str, places: Sequence[Place]) -> Sequence[Place]:
    """Places in a folded text, as places in the text itself."""
    if text.isascii() or not places:
        return places
    ends = list(accumulate(len(_SIGNS[ord(sign)]) for sign in text))
    found = []
    for start, end, part in places:
        last = bisect_right(ends, end - 1)
        # an accent behind its letter is folded to nothing, and goes with it
        behind = max(last + 1, bisect_right(ends, end))
        found.append(Place(bisect_right(ends, start), behind, part))
    return found


class _Signs(dict[int, str]):
    """What each sign is folded to; there are not so many that it grows too big."""

    def __missing__(self, sign: int) -> str:
        self[sign] = made = folded(chr(sign))
        return made


_SIGNS = _Signs()


def _weight(part: Part) -> float:
    """Of a part; below 1 when a text may do without it."""
    return 1.0 if part.exact or has_weight(part.words[0]) else OF_LITTLE_WEIGHT


def has_weight(word: str) -> bool:
    """Whether the index knows it: stop words and single letters say nothing."""
    return is_unspaced(word) or word.isdigit() or (len(word) > 1 and word not in STOP)


def _some(text: str, part: Part) -> list[tuple[int, int]]:
    return [at for at, _ in zip(_places(text, part), range(MOST_PLACES), strict=False)]


def _places(text: str, part: Part) -> Iterator[tuple[int, int]]:
    """Where it is in folded text, from left to right."""
    first, *rest = part.words
    for start, end in _first_word(text, first, part, is_last=not rest):
        for word in rest:
            at = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
            is_open = part.open and word is rest[-1]
            if (end := _exact_end(text, at, word, is_open)) < 0:
                break
        if end >= 0:
            yield start, end


def _first_word(
    text: str, word: str, part: Part, *, is_last: bool
) -> Iterator[tuple[int, int]]:
    if is_unspaced(word):
        yield from ((at, at + len(word)) for at in _all(text, word))
        return
    root = word if part.exact else stem(word)
    is_open = part.open and is_last
    for at in _all(text, _beginning_of(root)):
        if at and _WORD.match(text, at - 1):
            continue  # in the middle of a word
        end = _WORD.match(text, at).end()  # type: ignore[union-attr]
        met = text[at:end]
        goes_on = is_open and met.startswith(word)
        if met == word or goes_on or (not part.exact and stem(met) == root):
            yield at, end


def _beginning_of(root: str) -> str:
    """What all words of this stem begin with: "stories" has the stem "story"."""
    return root[:-1] if len(root) > 2 and root[-1] == "y" else root


def _exact_end(text: str, at: int, word: str, is_open: bool) -> int:
    """Where the word that begins at ``at`` ends, if it is this one; else -1."""
    if is_unspaced(word):
        return at + len(word) if text.startswith(word, at) else -1
    met = _WORD.match(text, at)
    if met is None or not met[0].startswith(word):
        return -1
    return met.end() if is_open or met[0] == word else -1


def _all(text: str, sought: str) -> Iterator[int]:
    at = text.find(sought)
    while at >= 0:
        yield at
        at = text.find(sought, at + len(sought))
