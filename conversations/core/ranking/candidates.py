"""The first stage: from what an index has to the few hundred entries worth a look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CANDIDATES = 60  # more find no more: see docs/memory.md


@dataclass(frozen=True, slots=True)
class Posting:
    """The entries that have one term: their numbers, the greatest first, and how many
    there are in all, which is more where the list was cut.
    """

    numbers: Integers
    in_all: int

    @classmethod
    def of(
        cls, numbers: Sequence[int], at_most: int, oldest: int, newest: int
    ) -> Posting:
        """A list that was cut at ``at_most``: if it reaches back over a tenth of the
        numbers from ``oldest`` to ``newest``, there are about ten times as many.
        """
        found = np.asarray(numbers, np.int64)
        if len(found) < at_most or not len(found):
            return cls(found, len(found))
        reached = max(newest - int(found[-1]), 1)
        return cls(found, max(len(found), len(found) * (newest - oldest) // reached))

    def rarity(self, entries: int) -> float:
        """What finding the term tells, where there are so many ``entries``: its IDF."""
        among = max(entries, self.in_all)
        return math.log(1 + (among - self.in_all + 0.5) / (self.in_all + 0.5))


def rarities(postings: Sequence[Posting], entries: int) -> Floats:
    return np.array([posting.rarity(entries) for posting in postings], np.float64)


def approximate(
    postings: Sequence[Posting], entries: int, at_most: int = CANDIDATES
) -> Integers:
    """The entries whose terms tell most, the best first; of equals the later.

    Takes no account of lengths, which are not known yet.
    """
    if not postings or at_most < 1:
        return np.empty(0, np.int64)
    every = np.concatenate([posting.numbers for posting in postings])
    each = [len(posting.numbers) for posting in postings]
    told = np.repeat(rarities(postings, entries), each)
    numbers, which = np.unique(every, return_inverse=True)
    scores: NDArray[Any] = np.bincount(which, told, len(numbers))
    order = np.lexsort((-numbers, -scores.round(9)))
    return numbers[order[:at_most]]
