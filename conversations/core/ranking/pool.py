"""What the second stage looks at: candidates, and what was said around each."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conversations.core.ranking.candidates import Floats, Integers

Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]  # of dtype datetime64[D]

AROUND = 2  # messages before and after a candidate that belong in the pool
STRETCH = 6  # and how far those that are in it are looked at together


@dataclass(frozen=True, slots=True)
class Pool:
    """Columns of equal length, in any order: one row for each message.

    ``places`` are places in the talk (``Message.depth``): rows of one conversation
    whose places are near are neighbours. ``lengths`` count terms. ``counts`` has a
    column for each term of the question: how often the message says it.
    """

    numbers: Integers
    conversations: Integers  # any numbers, the same for the same conversation
    places: Integers
    of_person: Flags  # the person said it
    of_assistant: Flags
    lengths: Floats
    days: Days
    asks: Flags  # it has the mark "has:question"
    tells_time: Flags  # it has "has:time"
    counts: Floats

    def __len__(self) -> int:
        return len(self.numbers)


class Surroundings:
    """Sums over what stands near each row, rows that are not in the pool left out."""

    def __init__(self, pool: Pool, reach: int) -> None:
        _, talks = np.unique(pool.conversations, return_inverse=True)
        places = pool.places - pool.places.min(initial=0)
        # One line of all talks, with room between them that no reach can cross.
        line = talks * (places.max(initial=0) + reach + 1) + places
        self._order = np.argsort(line, kind="stable")
        in_line = line[self._order]
        self._first = np.searchsorted(in_line, in_line - reach, "left")
        self._end = np.searchsorted(in_line, in_line + reach, "right")

    def sums(self, values: NDArray[Any]) -> Floats:
        """Of a row's value, or values, and those near it."""
        nothing = np.zeros((1, *values.shape[1:]))
        upto = np.concatenate([nothing, np.cumsum(values[self._order], axis=0)])
        total = np.empty(values.shape)
        total[self._order] = upto[self._end] - upto[self._first]
        return total

    def means(self, values: Floats) -> Floats:
        return self.sums(values) / self.sums(np.ones(len(values)))


def counted(
    entries: Sequence[Container[Any]], groups: Sequence[Sequence[Any]]
) -> Floats:
    """How often each entry has each term, roughly: as often as its last mark tells.

    A group is a term's own hash and those of its marks "2:" and "4:"
    (``core.terms.LEVELS``), in whatever form they are looked for ``in`` an entry.
    """
    counts = np.zeros((len(entries), len(groups)))
    for row, entry in enumerate(entries):
        for column, group in enumerate(groups):
            for level, hashed in enumerate(group):
                if hashed not in entry:  # then neither is said more often
                    break
                counts[row, column] = 2**level
    return counts
