"""Finding past turns by their words: BM25, smoothed over neighbouring messages.

It understands nothing: it weighs the words a question and a message share, the rare
ones more. Works on counted terms, so that these can be kept, or be keyed hashes.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

Terms = Mapping[Hashable, int]
"""How often each term is in a text."""

LONGEST = 20_000  # characters of one text: a long paste says early what it is about
SATURATION, LENGTH = 1.2, 0.75  # k1 and b of BM25, as everybody has them
NEIGHBOURS = 0.3  # of a neighbour's score: an answer stands next to its question
LEAST = 0.2  # of the best score: what is further behind matched some common word

_WORD = re.compile(r"[^\W_]+")
# Written without spaces: Thai, Lao, Khmer, kana, Han. There, pairs of signs are terms.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")
_NO_HELP = """
a about again all also am an and any are as at be been but by can could did do does
for from get had has have he her him his how i if in into is it its just ll me my no
not of on or our out please re remember remind say she so some tell than thank that
the their them then there these they this to too us ve very was we were what when
where which who whose why will with would yes you your
der die das und ist ein eine ich du wie was wo le la les et un une je tu que de el los
y en mi het een
"""
_STOP = frozenset(_NO_HELP.split())


class Said(NamedTuple):
    """A message as the matcher sees it. Messages of one turn have the same ``turn``;
    neighbours are those of the same ``conversation``. ``size``: how many terms there
    are in all, from those who keep it; adding them up is most of the work.
    """

    turn: Hashable
    conversation: Hashable
    terms: Terms
    size: int | None = None


def terms_of(text: str) -> dict[str, int]:
    """The stems of a text's words with their counts; words that say nothing are out."""
    found: Counter[str] = Counter()
    for word in _WORD.findall(_folded(text[:LONGEST])):
        rest = 0
        for run in _UNSPACED.finditer(word):
            _count_word(found, word[rest : run.start()])
            found.update(_pairs(run[0]))
            rest = run.end()
        _count_word(found, word[rest:])
    return dict(found)


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
    spread: dict[Hashable, int] = defaultdict(int)
    for terms in shared:
        for term in terms:
            spread[term] += 1
    weights = {
        term: math.log(1 + (len(said) - in_so_many + 0.5) / (in_so_many + 0.5))
        for term, in_so_many in spread.items()
    }
    found = []
    for message, terms, size in zip(said, shared, sizes, strict=True):
        if not terms:  # as with most
            found.append(0.0)
            continue
        damping = SATURATION * (1 - LENGTH + LENGTH * size / average)
        found.append(
            math.fsum(
                weights[term] * times * (SATURATION + 1) / (times + damping)
                for term in terms
                for times in (message.terms[term],)
            )
        )
    return found


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


def _folded(text: str) -> str:
    """In small letters and without accents."""
    if text.isascii():
        return text.lower()
    # Marks go first: long runs of them are slow to normalise.
    bare = _without_marks(text.casefold())
    return _without_marks(unicodedata.normalize("NFKD", bare)[:LONGEST])


def _without_marks(text: str) -> str:
    return "".join(c for c in text if not unicodedata.category(c).startswith("M"))


def _count_word(found: Counter[str], word: str) -> None:
    if (len(word) > 1 or word.isdigit()) and word not in _STOP:
        found[_stem(word)] += 1


def _pairs(run: str) -> Iterable[str]:
    return (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def _stem(word: str) -> str:
    """What a word has in common with its plural and its tenses, more or less."""
    if not word.isalpha() or len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and word[-2] not in "siu":
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = word.removesuffix(ending)
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
