"""Finding past turns by their words: BM25, smoothed over neighbouring messages.

It understands nothing: it weighs the words a question and a message share, the rare
ones more. Works on counted terms, so that these can be kept, or be keyed hashes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from conversations.core.bm25 import LEAST, score_of, weights_of

Terms = Mapping[Hashable, int]
"""How often each term is in a text."""

NEIGHBOURS = 0.3  # of a neighbour's score: an answer stands next to its question


class Said(NamedTuple):
    """A message as the matcher sees it. Messages of one turn have the same ``turn``;
    neighbours are those of the same ``conversation``. ``size``: how many terms there
    are in all, from those who keep it; adding them up is most of the work.
    """

    turn: Hashable
    conversation: Hashable
    terms: Terms
    size: int | None = None


def best_turns(
    question: Terms, said: Sequence[Said], turns: int
) -> list[tuple[Hashable, float]]:
    """The at most ``turns`` turns of ``said`` that match best, with their scores.

    ``said`` is in the order of talk, conversation by conversation. Takes time in
    proportion to the terms of ``said``. Of equals the later is first.
    """
    scores = _smoothed(said, _scores(question, said))
    best: dict[Hashable, float] = {}
    for message, score in zip(said, scores, strict=True):
        if not score:
            continue
        # Taken out and put back, a turn stands where it was last spoken of.
        best[message.turn] = max(score, best.pop(message.turn, 0.0))
    latest_first = list(best.items())[::-1]
    ranked = sorted(latest_first, key=lambda pair: -pair[1])
    least = ranked[0][1] * LEAST if ranked else 0.0
    return [(turn, score) for turn, score in ranked[:turns] if score > least]


def _scores(question: Terms, said: Sequence[Said]) -> list[float]:
    """BM25 of each message."""
    shared = [_shared(question, message.terms) for message in said]
    sizes = [
        sum(message.terms.values()) if message.size is None else message.size
        for message in said
    ]
    average = (sum(sizes) / len(sizes) if sizes else 0.0) or 1.0
    weights = weights_of(shared, len(said))
    return [
        score_of({term: message.terms[term] for term in terms}, weights, size, average)
        if terms  # as with few
        else 0.0
        for message, terms, size in zip(said, shared, sizes, strict=True)
    ]


def _shared(question: Terms, terms: Terms) -> list[Hashable]:
    if len(question) > len(terms):
        question, terms = terms, question
    return [term for term in question if term in terms]


def _smoothed(said: Sequence[Said], scores: Sequence[float]) -> list[float]:
    smooth = list(scores)
    for at in range(1, len(said)):
        if said[at].conversation == said[at - 1].conversation:
            smooth[at] += NEIGHBOURS * scores[at - 1]
            smooth[at - 1] += NEIGHBOURS * scores[at]
    return smooth
