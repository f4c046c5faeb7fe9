"""The texts of a conversation's files, for a context, found by the blind index."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet, Sum

from chatsite.lib.fields import Unreadable
from conversations.core.bm25 import Row, matching
from conversations.core.context import GivenFile, Passage
from conversations.core.terms import LEVELS, terms_of
from conversations.index import entries
from conversations.index.hashing import Hasher
from conversations.models import Conversation, File, IndexEntry
from conversations.models import Passage as StoredPassage
from conversations.services import redacting
from conversations.services.attached import Files
from conversations.services.redacting import Form

MOST_TERMS = 32  # of a question
CANDIDATES = 1_000  # passages that have any of them; more only where files are huge
NOT_YET = "not read yet"
NO_TEXT = "there is no text in it"


class ConversationFiles:
    """The latest version of each file of a branch, those of ``question`` first. What is
    found in a branch's version of a file comes from its latest, wherever that was sent.
    """

    def __init__(
        self,
        conversation: Conversation,
        files: Files,
        question: UUID | None,
    ) -> None:
        self._conversation = conversation
        self._files = _latest(files, question)
        asked = files.of.get(question, ()) if question else ()
        self._asked = {file.name_hash for file in asked}
        self._given: tuple[GivenFile, ...] | None = None
        self._read: dict[tuple[UUID, int], list[Passage]] = {}

    def given(self) -> Sequence[GivenFile]:
        if self._given is None:
            amounts = self._amounts()
            given = [self._as_given(file, amounts) for file in self._files]
            self._given = tuple(sorted(given, key=lambda file: not file.asked))
        return self._given

    def passages(self, file: UUID, at_most: int) -> list[Passage]:
        if (file, at_most) not in self._read:
            rows = self._rows().filter(file_id=file).order_by("number")
            self._read[file, at_most] = _readable(rows[:at_most])
        return self._read[file, at_most]

    def find(self, question: str, at_most: int) -> list[Passage]:
        """None in a temporary conversation: it is in no index."""
        question = redacting.restored(self._conversation.owner_id, question)
        terms = list(terms_of(question))[:MOST_TERMS]
        if not terms or self._conversation.temporary:
            return []
        scores = dict(self._matching(terms, at_most))
        found = _readable(self._rows().filter(id__in=list(scores)))
        scored = [replace(one, score=round(scores[one.id], 3)) for one in found]
        return sorted(scored, key=lambda one: (-one.score, one.number))

    # --- helpers
    def _matching(self, terms: list[str], at_most: int) -> list[tuple[Hashable, float]]:
        owner = self._conversation.owner_id
        mine = IndexEntry.objects.filter(
            owner_id=owner,
            conversation=self._conversation,
            kind=IndexEntry.Kind.PASSAGE,
            passage__file_id__in=[file.id for file in self._files],
        )
        bounds = mine.aggregate(first=Min("id"), last=Max("id"))
        if bounds["first"] is None:
            return []
        hasher = Hasher(owner)
        hashes = {term: hasher(term) for term in terms}
        groups = [[hasher(f"kind:{IndexEntry.Kind.PASSAGE}")], list(hashes.values())]
        numbers = entries().having(owner, groups, CANDIDATES, bounds["last"] + 1)
        near = [number for number in numbers if number >= bounds["first"]]
        levels = {
            hashes[term]: [(times, hasher(f"{times}:{term}")) for times in LEVELS]
            for term in terms
        }
        rows = mine.filter(id__in=near).order_by("id")
        return matching(
            [
                Row(passage, _counts(frozenset(has), levels), length)
                for passage, has, length in rows.values_list(
                    "passage_id", "terms", "length"
                )
            ],
            sum(file.passages for file in self.given()),
            at_most,
        )

    def _amounts(self) -> dict[UUID, tuple[int, int]]:
        """Of each file that has some: how many passages, of how many tokens."""
        if not self._files:
            return {}
        rows = self._rows().order_by().values("file_id")
        rows = rows.annotate(many=Count("id"), all=Sum("tokens"))
        return {row["file_id"]: (row["many"], row["all"]) for row in rows}

    def _as_given(self, file: File, amounts: dict[UUID, tuple[int, int]]) -> GivenFile:
        passages, tokens = amounts.get(file.id, (0, 0))
        problem = ""
        if not passages:
            read = file.status in (File.Status.READY, File.Status.FAILED)
            problem = (file.problem or NO_TEXT) if read else NOT_YET
        asked = file.name_hash in self._asked
        name = redacting.told(file, "name")
        return GivenFile(file.id, name, file.version, passages, tokens, asked, problem)

    def _rows(self) -> QuerySet[StoredPassage]:
        owner = self._conversation.owner_id
        mine = [file.id for file in self._files]
        return StoredPassage.objects.filter(owner_id=owner, file_id__in=mine)


def sent(
    owner_id: UUID, recorded: Sequence[Mapping[str, Any]], form: Form
) -> list[Passage]:
    """The passages that a receipt names, in its order, as far as they are there;
    ``form`` as in ``redacting.told``.
    """
    rows = StoredPassage.objects.filter(owner_id=owner_id)
    found = rows.in_bulk([UUID(one["id"]) for one in recorded])
    return _readable(
        (found[UUID(one["id"])] for one in recorded if UUID(one["id"]) in found), form
    )


def _latest(files: Files, question: UUID | None) -> list[File]:
    """Of each name on the branch the newest file of the conversation; without images,
    which go with their messages, and without what a person left out.
    """
    newest: dict[str, File] = {}
    for file in files.known:
        if file.message.excluded and file.message_id != question:
            continue
        newest[file.name_hash] = max(
            newest.get(file.name_hash, file), file, key=lambda f: (f.version, f.created)
        )
    named = {
        file.name_hash: newest.get(file.name_hash, file)
        for message, mine in files.of.items()
        for file in mine
        if file.kind != File.Kind.IMAGE
        and (message == question or not file.message.excluded)
    }
    return list(named.values())


def _counts(
    has: frozenset[int], levels: dict[int, list[tuple[int, int]]]
) -> dict[Hashable, int]:
    """About how often each term is said."""
    return {
        term: max([1, *(times for times, mark in marks if mark in has)])
        for term, marks in levels.items()
        if term in has
    }


def _readable(rows: Iterable[StoredPassage], form: Form | None = None) -> list[Passage]:
    return [
        Passage(row.id, row.file_id, row.number, text, row.page)
        for row in rows
        if not isinstance(text := redacting.told(row, "body", form), Unreadable)
    ]
