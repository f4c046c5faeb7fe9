"""How well texts match a question by the words they share: BM25."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
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
    spread: dict[Hashable, int] = {}
    for row in rows:
        for term in row.counts:
            spread[term] = spread.get(term, 0) + 1
    weights = {
        term: math.log(1 + (max(among, n) - n + 0.5) / (n + 0.5))
        for term, n in spread.items()
    }
    scored = [(row.id, _score(row, weights, average or 1.0)) for row in rows]
    scored.sort(key=lambda pair: -pair[1])
    least = scored[0][1] * LEAST if scored else 0.0
    return [(id, score) for id, score in scored[:at_most] if score > least]


def _score(row: Row, weights: Mapping[Hashable, float], average: float) -> float:
    damping = SATURATION * (1 - LENGTH + LENGTH * row.length / average)
    return math.fsum(
        weights[term] * times * (SATURATION + 1) / (times + damping)
        for term, times in row.counts.items()
    )
