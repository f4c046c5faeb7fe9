"""How well texts match a question by the words they share: BM25."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

SATURATION, LENGTH = 1.2, 0.75  # k1 and b, as everybody has them
LEAST = 0.2  # of the best score: what is further behind matched some common word


class Row(NamedTuple):
    """A text: how often it has each of the question's terms, and how many it has."""

    id: Hashable
    counts: Mapping[Hashable, int]
    length: int


def matching(
    rows: Sequence[Row], among: int, at_most: int
) -> list[tuple[Hashable, float]]:
    """The ids and scores of the best ``rows``; of equals the earlier is first. They
    are those of ``among`` texts that have any of the terms.
    """
    average = sum(row.length for row in rows) / len(rows) if rows else 1.0
    weights = weights_of((row.counts for row in rows), among)
    scored = [
        (row.id, score_of(row.counts, weights, row.length, average or 1.0))
        for row in rows
    ]
    scored.sort(key=lambda pair: -pair[1])
    least = scored[0][1] * LEAST if scored else 0.0
    return [(id, score) for id, score in scored[:at_most] if score > least]


def weights_of(
    texts: Iterable[Iterable[Hashable]], among: int
) -> dict[Hashable, float]:
    """What each term tells: the more, the fewer of ``among`` texts have it. ``texts``
    are the question's terms that each of them has.
    """
    spread = Counter(term for terms in texts for term in terms)
    return {
        term: math.log(1 + (max(among, n) - n + 0.5) / (n + 0.5))
        for term, n in spread.items()
    }


def score_of(
    counts: Mapping[Hashable, int],
    weights: Mapping[Hashable, float],
    length: int,
    average: float,
) -> float:
    """Of a text of ``length`` terms, where ``average`` is usual."""
    damping = SATURATION * (1 - LENGTH + LENGTH * length / average)
    return math.fsum(
        weights[term] * times * (SATURATION + 1) / (times + damping)
        for term, times in counts.items()
    )
