"""The second stage: candidates in order, by a weighted sum of what speaks for each.

The weights were fitted on LoCoMo (Maharana et al. 2024; ten public talks of two people
over months, with questions and the turns that answer them), on the half of it that is
not kept back: a conditional logit, that is, those that make the turns that answer most
likely among all turns of their talk. Fitted on the other talks each time, it has 80 %
of the turns that answer among the first ten by words, and 85 % with MiniLM's vectors;
BM25 alone has 60 %. What is looked at, and how far around, was chosen on these talks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from conversations.core.bm25 import LENGTH, SATURATION
from conversations.core.ranking.asking import Question
from conversations.core.ranking.candidates import Floats
from conversations.core.ranking.moments import Moment
from conversations.core.ranking.pool import (
    AROUND,
    STRETCH,
    Days,
    Flags,
    Pool,
    Surroundings,
)

LONG = 30  # terms: beyond, a message is no likelier to tell something
NEAR = 1.5  # deviations above the mean: one vector in fifteen is so near

# What a full match, or a yes, adds to the logarithm of the odds. Speaker, month and day
# are below their fit (2.6, 4.0, 3.3), which finds no more than these: in a talk with an
# assistant the other one's words may matter more than among LoCoMo's friends.
ROLE_AND_TIME: Mapping[str, float] = {
    "speaker": 2.3,
    "length": 0.9,  # each time it is e times as long
    "question": -0.7,
    "time": 2.5,
    "month": 3.0,
    "day": 2.5,
}
WORDS: Mapping[str, float] = {
    "message": 2.7,
    "around": 4.2,
    "stretch": 3.2,
    **ROLE_AND_TIME,
}
WORDS_AND_VECTORS: Mapping[str, float] = {
    "message": 1.0,
    "around": 2.4,
    "stretch": 2.6,
    "vector": 0.5,  # each deviation
    "vectors_around": 0.5,
    **ROLE_AND_TIME,
}


class Cosines(NamedTuple):
    """Of the question's vector and each row's; NaN for a row that has none. ``mean``
    and ``deviation`` are of all the person's vectors: how near "near" is differs from
    model to model.
    """

    values: Floats
    mean: float
    deviation: float

    def standardised(self) -> Floats:
        """In deviations from the mean; a row without a vector is as the mean."""
        away = np.asarray(self.values, np.float64) - self.mean
        if self.deviation <= 0:
            return np.zeros(len(away))
        return np.nan_to_num(away / self.deviation, nan=0.0)


class Ranked(NamedTuple):
    """``score``: how likely it is this one, if it is one of those that were found."""

    number: int
    score: float


def rank(
    question: Question,
    pool: Pool,
    rarities: Floats,
    cosines: Cosines | None = None,
    at_most: int | None = None,
) -> list[Ranked]:
    """The rows that something speaks for, the best first, of equals the later.

    ``rarities`` are of the question's terms, in the order of ``pool.counts``.
    """
    found = features(question, pool, rarities, cosines)
    told = np.flatnonzero(_told(found))
    if not len(told):
        return []
    weights = WORDS if cosines is None else WORDS_AND_VECTORS
    sums = sum(weight * found[name][told] for name, weight in weights.items())
    odds = np.exp(sums - np.max(sums))
    scores, numbers = odds / odds.sum(), pool.numbers[told]
    order = np.lexsort((-numbers, -scores.round(12)))[:at_most]
    return [Ranked(int(numbers[row]), float(scores[row])) for row in order]


def _told(found: Mapping[str, Floats]) -> Flags:
    """Rows with a term in or around them, of a month that is named, or near."""
    told: Flags = (found["around"] > 0) | (found["month"] > 0)
    if "vector" in found:
        told |= found["vector"] > NEAR
    return told


def features(
    question: Question, pool: Pool, rarities: Floats, cosines: Cosines | None
) -> dict[str, Floats]:
    """What speaks for each row. BM25 is a part of what a perfect row would have."""
    around, stretch = Surroundings(pool, AROUND), Surroundings(pool, STRETCH)
    days, months = _said_then(question.moments, pool.days)
    found = {
        "message": _bm25(pool.counts, pool.lengths, rarities),
        "around": _bm25(around.sums(pool.counts), around.sums(pool.lengths), rarities),
        "stretch": _bm25(
            stretch.sums(pool.counts), stretch.sums(pool.lengths), rarities
        ),
        "speaker": _speaker(question, pool),
        "length": np.log1p(np.minimum(pool.lengths, LONG)),
        "question": pool.asks.astype(float),
        "time": (pool.tells_time & question.asks_when).astype(float),
        "month": months.astype(float),
        "day": days.astype(float),
    }
    if cosines is not None:
        near = cosines.standardised()
        found |= {"vector": near, "vectors_around": around.means(near)}
    return found


def _bm25(counts: Floats, lengths: Floats, rarities: Floats) -> Floats:
    most = rarities.sum() or 1.0
    typical = (lengths.mean() if len(lengths) else 0.0) or 1.0
    damping = SATURATION * (1 - LENGTH + LENGTH * lengths / typical)
    found: Floats = counts * (SATURATION + 1) / (counts + damping[:, None]) @ rarities
    return found / most


def _speaker(question: Question, pool: Pool) -> Floats:
    if question.of_person is None:
        return np.zeros(len(pool))
    return (pool.of_person if question.of_person else pool.of_assistant).astype(float)


def _said_then(moments: Iterable[Moment], days: Days) -> tuple[Flags, Flags]:
    """Which rows were said on a day that is named, which in a month that is."""
    months = days.astype("datetime64[M]")
    years = months.astype("datetime64[Y]").astype(int) + 1970
    month = months.astype(int) % 12 + 1
    day = (days - months).astype(int) + 1
    on_day, in_month = np.zeros((2, len(days)), bool)
    for moment in moments:
        then = (month == moment.month) & (
            True if moment.year is None else years == moment.year
        )
        in_month |= then
        on_day |= then & (day == moment.day)
    return on_day, in_month
