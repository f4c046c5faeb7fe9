"""Candidates opened and read: what of them really has the words, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from chatsite.lib.fields import Unreadable
from conversations.core.finding import Finder, Match, in_text
from conversations.core.results import Hit, with_age
from conversations.core.snippets import snippet, whole
from conversations.models import Conversation, IndexEntry, Message, Passage
from conversations.services.candidates import MESSAGE, PASSAGE, TITLE
from conversations.services.links import link_to_message, link_to_passage


@dataclass(frozen=True, slots=True)
class Sighting:
    """An entry that has the words. ``passage``: what it stands for, if it is one."""

    entry: IndexEntry
    text: str
    match: Match
    passage: Passage | None = None

    @property
    def is_title(self) -> bool:
        return self.entry.kind == TITLE

    def as_hit(self, now: datetime) -> Hit:
        places = in_text(self.text, self.match.places)
        return Hit(
            link=self._link(),
            snippet=(whole if self.is_title else snippet)(self.text, places),
            said=self.entry.said,
            role=self.entry.role,
            source=self.passage.file.name if self.passage else "",
            score=with_age(self.match.score, self.entry.said, now),
            conversation=self.entry.conversation_id,
        )

    def _link(self) -> str:
        entry = self.entry
        if self.passage:
            return link_to_passage(self.passage.file_id, self.passage.number)
        if self.is_title:
            return reverse("conversation", args=[entry.conversation_id])
        return link_to_message(entry.conversation_id, entry.message_id)


def sightings(
    owner: UUID, entries: Sequence[IndexEntry], finder: Finder
) -> list[Sighting]:
    """Those of the entries in whose text the finder finds what it looks for."""
    seen = []
    passages = _passages(owner, entries)
    texts = _messages(owner, entries) | _titles(owner, entries)
    texts |= {key: passage.body for key, passage in passages.items()}
    for entry in entries:
        key = entry.passage_id or entry.message_id or entry.conversation_id
        text = texts.get(key)
        if not text or isinstance(text, Unreadable):
            continue
        if match := finder.find(text):
            seen.append(Sighting(entry, text, match, passages.get(key)))
    return seen


def _messages(owner: UUID, entries: Iterable[IndexEntry]) -> dict[UUID, str]:
    ids = [entry.message_id for entry in entries if entry.kind == MESSAGE]
    rows = Message.objects.filter(owner_id=owner, id__in=ids)
    return {row.id: row.body for row in rows.only("id", "owner_id", "body")}


def _titles(owner: UUID, entries: Iterable[IndexEntry]) -> dict[UUID, str]:
    ids = [entry.conversation_id for entry in entries if entry.kind == TITLE]
    return titles_of(owner, ids)


def titles_of(owner: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The titles of these conversations."""
    rows = Conversation.objects.filter(owner_id=owner, id__in=list(ids))
    return {row.id: row.title for row in rows.only("id", "owner_id", "title")}


def _passages(owner: UUID, entries: Iterable[IndexEntry]) -> dict[UUID, Passage]:
    ids = [entry.passage_id for entry in entries if entry.kind == PASSAGE]
    rows = Passage.objects.filter(owner_id=owner, id__in=ids).select_related("file")
    named = ("file__id", "file__owner_id", "file__name")
    slim = rows.only("id", "owner_id", "number", "body", *named)
    return {row.id: row for row in slim}
