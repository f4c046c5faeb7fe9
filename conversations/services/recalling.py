"""Finding what was said that a question is about, in all of a person's conversations.

The index and the vectors give candidates, ``core.ranking`` puts them in order. Recalled
are turns: a message and the reply it was given, on the branch that its conversation
shows. Of the conversation asked in, only what led to the question.

Never recalled: what is temporary, in the trash or excluded, and what belongs to a
conversation that is no part of memory. Such a conversation, and a person who recalls
nothing, still find their own turns again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from django.utils import timezone

from chatsite.lib.crypto import CannotOpen
from conversations import conf, index
from conversations.core.context import Recall, Recalled
from conversations.core.embeddings import Embedder
from conversations.core.errors import TurnError
from conversations.core.ranking import (
    CANDIDATES,
    Cosines,
    Posting,
    Question,
    approximate,
    question_of,
    rank,
    rarities,
)
from conversations.core.terms import LEVELS
from conversations.index.comparison import Comparison
from conversations.index.hashing import Hasher
from conversations.models import Conversation, Message
from conversations.services import ancestry, redacting, vectors
from conversations.services.branches import Branch, stored
from conversations.services.embedding import embedder
from conversations.services.extents import Extent, extent_of
from conversations.services.latest_messages import LatestMessages
from conversations.services.preferences import Wishes
from conversations.services.recall_pool import Reachable, Row, pool_of

log = logging.getLogger(__name__)
LATEST = 2_000  # entries of one term: what is said more often tells little
ON_A_DAY = 400  # entries of the days that are named
SPARE = 2  # ranked messages for each turn wanted: most turns have two
READ = 500  # characters of a question: who asks with a page is served by its beginning


@dataclass(frozen=True, slots=True)
class Names:
    """What the two who talk go by: a question may name them."""

    person: str = ""
    assistant: str = ""


def recall_for(branch: Branch, wishes: Wishes) -> Recall:
    """What a turn of this branch may find again, as its owner ``wishes``."""
    here = branch.conversation
    if here.temporary:  # the index knows nothing of it, and it of nothing else
        return LatestMessages(branch)
    names = Names(here.owner.name, conf.site_name())
    return Memory(branch, embedder(), names, everywhere=wishes.recalls)


class Memory:
    """``Recall`` for the branch of a question."""

    def __init__(
        self,
        branch: Branch,
        embedder: Embedder,
        names: Names,
        *,
        everywhere: bool = True,
    ) -> None:
        here = branch.conversation
        self._branch, self._embedder, self._names = branch, embedder, names
        self._owner: UUID = here.owner_id
        self._reachable = Reachable(
            here.owner_id,
            here.id,
            everywhere=everywhere and here.recalls,
            but=branch.last,
        )

    def find(self, question: str, turns: int) -> list[Recalled]:
        question = redacting.restored(self._owner, question)
        ranked = self.ranked(question, SPARE * turns)
        return _Turns(self._branch).read(ranked, turns)

    def ranked(self, question: str, at_most: int) -> list[tuple[Row, float]]:
        """Single messages and how surely each is meant, the best first."""
        extent = extent_of(self._owner)
        if not extent.entries:
            return []
        try:
            asked = _Asked.of(question, Hasher(self._owner), self._names)
        except CannotOpen:
            return []
        postings = [asked.posting(group[0], extent) for group in asked.groups]
        compared = self._compared(asked.question)
        rows = self._reachable.with_surroundings(
            {
                *map(int, approximate(postings, extent.entries)),
                *asked.of_days(extent),
                *_near(compared),
            }
        )
        by_number = {row.number: row for row in rows}
        found = rank(
            asked.question,
            pool_of(rows, asked.groups, *asked.marks),
            rarities(postings, extent.entries),
            _cosines(compared, rows),
            at_most,
        )
        return [(by_number[number], score) for number, score in found]

    def _compared(self, question: Question) -> Comparison | None:
        """By meaning; None where there are no vectors. Words alone find most."""
        try:
            bare = question.bare[:READ]
            return vectors.compare(self._owner, bare, self._embedder)
        except TurnError as problem:
            log.warning("recalled without vectors: %s", problem.detail or problem)
            return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and the hashes of its terms, each with those of its marks."""

    owner: UUID
    question: Question
    hasher: Hasher
    groups: Sequence[Sequence[int]]

    @classmethod
    def of(cls, text: str, hasher: Hasher, names: Names) -> _Asked:
        today = timezone.localdate()
        question = question_of(text, today, names.person, names.assistant)
        groups = [
            hasher.all([term, *(f"{level}:{term}" for level in LEVELS)])
            for term in question.terms
        ]
        return cls(hasher.owner, question, hasher, groups)

    @property
    def marks(self) -> tuple[int, int]:
        return self.hasher("has:question"), self.hasher("has:time")

    def posting(self, hashed: int, extent: Extent) -> Posting:
        found = index.entries().having(self.owner, [[hashed]], LATEST)
        return Posting.of(found, LATEST, extent.oldest, extent.newest)

    def of_days(self, extent: Extent) -> list[int]:
        """The latest entries of the days and months that are named."""
        years = extent.first_year, extent.last_year
        terms = [t for moment in self.question.moments for t in moment.terms(*years)]
        if not terms:
            return []
        wanted = self.hasher.all(terms)
        return index.entries().having(self.owner, [wanted], ON_A_DAY)


def _near(compared: Comparison | None) -> list[int]:
    return [number for number, _ in compared.nearest(CANDIDATES)] if compared else []


def _cosines(compared: Comparison | None, rows: Sequence[Row]) -> Cosines | None:
    if compared is None:
        return None
    spread = compared.spread()
    if not spread.deviation:
        return None
    values = compared.cosines([row.number for row in rows])
    return Cosines(values.astype(np.float64), *spread)


class _Turns:
    """Ranked messages as the turns they belong to, with their words."""

    def __init__(self, branch: Branch) -> None:
        self._last, self._here = branch.last, branch.conversation.id
        self._owner = branch.conversation.owner_id

    def read(self, ranked: Sequence[tuple[Row, float]], at_most: int) -> list[Recalled]:
        """The best turns. The score of one is that of its messages together."""
        talks = self._talks(row.conversation for row, _ in ranked)
        shown = _shown(talks, [row for row, _ in ranked])
        scores: dict[tuple[UUID, ...], float] = {}
        for row, score in ranked:
            turn = shown.get(row.message, ())
            if turn and (turn in scores or len(scores) < at_most):
                scores[turn] = scores.get(turn, 0.0) + score
        best = sorted(scores.items(), key=lambda pair: -pair[1])
        return list(self._with_words(best))

    def _talks(self, conversations: Iterable[UUID]) -> dict[UUID, _Talk]:
        """The branches that are looked at."""
        rows = Conversation.objects.filter(id__in=set(conversations)).values_list(
            "id", "head_id", "head__depth", "message_count"
        )
        talks = {id_: _Talk(head, depth == count) for id_, head, depth, count in rows}
        if self._here in talks:
            talks[self._here] = replace(talks[self._here], end=self._last)
        return talks

    def _with_words(
        self, best: Sequence[tuple[tuple[UUID, ...], float]]
    ) -> Iterator[Recalled]:
        ids = [each for turn, _ in best for each in turn if each != self._last]
        rows = Message.objects.filter(
            id__in=ids, owner_id=self._owner, excluded=False
        ).defer("html")
        messages = {message.id: message for message in rows}
        told = {each.id: each for each in stored(messages.values())}
        for turn, score in best:
            said = [messages[each] for each in turn if each in messages]
            if not said:
                continue
            first, words = said[0], (told[message.id] for message in said)
            if first.conversation_id != self._here:
                words = (replace(each, place=0) for each in words)
            yield Recalled(
                tuple(words), round(score, 3), first.created, first.conversation_id
            )


@dataclass(frozen=True, slots=True)
class _Talk:
    """The branch of a conversation that ends with ``end``. ``is_line``: the
    conversation has no other, so that nothing of it is off this branch.
    """

    end: UUID | None
    is_line: bool


def _shown(
    talks: Mapping[UUID, _Talk], rows: Sequence[Row]
) -> dict[UUID, tuple[UUID, ...]]:
    """Of each message that is on its branch, the messages of its turn."""
    asked = [row for row in rows if row.role == Message.Role.USER]
    line = {row.message for row in rows if _talk_of(row, talks).is_line}
    climbs = {
        (end, depth)
        for row in rows
        if row.message not in line and (end := _talk_of(row, talks).end)
        for depth in (row.depth, row.depth + 1)
    }
    there = ancestry.ancestors_at(climbs)
    replies = dict(
        Message.objects.filter(
            parent_id__in=[row.message for row in asked if row.message in line]
        ).values_list("parent_id", "id")
    )
    turns: dict[UUID, tuple[UUID, ...]] = {}
    for row in rows:
        key, end = row.message, _talk_of(row, talks).end
        if end is None or (key not in line and there.get((end, row.depth)) != key):
            continue
        if row.role == Message.Role.USER:
            reply = replies.get(key) or there.get((end, row.depth + 1))
            turns[key] = (key, reply) if reply else (key,)
        else:
            turns[key] = (row.parent, key) if row.parent else (key,)
    return turns


def _talk_of(row: Row, talks: Mapping[UUID, _Talk]) -> _Talk:
    return talks.get(row.conversation, _NOTHING)


_NOTHING = _Talk(None, False)
