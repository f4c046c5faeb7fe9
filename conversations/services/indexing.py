"""Keeping the index in step: what is said can be found once it is stored.

Entries are written in the transaction of what they stand for, and go with it. What
belongs to a temporary conversation is never indexed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import Unreadable
from conversations.core.terms import entry_terms
from conversations.index.hashing import Hasher
from conversations.models import Conversation, IndexEntry, Message, Passage
from conversations.models.index_entry import FORMAT
from conversations.services import vectors

BATCH = 100  # entries of one transaction
MESSAGE, TITLE, PASSAGE = IndexEntry.Kind.values
_RENEWED = ["conversation", "role", "said", "length", "terms", "format"]


def put_messages(messages: Sequence[Message]) -> None:
    """Index what these say, all of one person's. Call it in their transaction, and not
    for a temporary conversation's.
    """
    said = [message for message in messages if message.body]
    _store([_of_message(message, message.body) for message in said], "message")


def put_reply(message_id: UUID, text: str) -> None:
    """Index a reply that has ended, with its ``text``; an empty one is not found."""
    lasting = Message.objects.filter(id=message_id, conversation__temporary=False)
    known = IndexEntry.objects.filter(message=OuterRef("pk")).values("id")
    slim = ("id", "owner_id", "conversation_id", "role", "created")
    for message in lasting.only(*slim).annotate(known=Subquery(known)):
        _store([_of_message(message, text)], "message")
        if message.known:  # it went on: its vector is of its beginning
            vectors.forget([IndexEntry(id=message.known, owner_id=message.owner_id)])


def put_title(conversation: Conversation) -> None:
    """Index a conversation's title, in place of the one before."""
    if conversation.temporary:
        return
    IndexEntry.objects.filter(conversation=conversation, kind=TITLE).delete()
    _store([_of_title(conversation)])


def put_passages(passages: Sequence[Passage], conversation: UUID | None) -> None:
    """Index passages of one file, which belongs to ``conversation``. Call it in their
    transaction, and not for a temporary conversation's.
    """
    made = [_of_passage(passage, conversation) for passage in passages]
    _store(made, "passage")


class Missing:
    """What has no entry, or one of an older format: to be indexed in batches.

    What is done is no longer missing, so whoever is broken off begins again at no loss.
    Where a pass has come to is remembered, or each batch would look at all before it.
    """

    def __init__(self, owner: UUID | None = None) -> None:
        self._reached: dict[type[Model], UUID] = {}
        whose = Q() if owner is None else Q(owner_id=owner)
        lasting = Q(conversation__temporary=False)
        behind = Q(entry=None) | Q(entry__format__lt=FORMAT)
        over = ~Q(turns__status__in=("queued", "running"))
        self._messages = Message.objects.filter(whose, lasting, behind, over)
        self._passages = Passage.objects.filter(
            whose, behind, file__conversation__temporary=False
        )
        titled = IndexEntry.objects.filter(kind=TITLE, format=FORMAT)
        self._titles = Conversation.objects.filter(whose, temporary=False).exclude(
            id__in=titled.values("conversation")
        )

    def count(self) -> int:
        return sum(
            rows.count() for rows in (self._messages, self._passages, self._titles)
        )

    def index_some(self) -> int:
        """Index a batch of them, in a transaction. Returns how many; 0 at the end of a
        pass.
        """
        done = (
            self._some(self._messages.defer("html"), self._of_messages)
            or self._some(self._passages.select_related("file"), self._of_passages)
            or self._some(self._titles, self._of_titles)
        )
        if not done:
            self._reached.clear()
        return done

    def _some(self, rows: QuerySet[Any], work: Callable[[list[Any]], None]) -> int:
        if reached := self._reached.get(rows.model):
            rows = rows.filter(id__gt=reached)
        found = list(rows.order_by("id")[:BATCH])
        work(found)  # what is gone meanwhile is a row that cannot be stored
        if found:
            self._reached[rows.model] = found[-1].id
        return len(found)

    def _of_messages(self, found: list[Message]) -> None:
        _store([_of_message(each, _readable(each.body)) for each in found], "message")

    def _of_passages(self, found: list[Passage]) -> None:
        made = [_of_passage(each, each.file.conversation_id) for each in found]
        _store(made, "passage")

    def _of_titles(self, found: list[Conversation]) -> None:
        made = [_of_title(each) for each in found]
        with transaction.atomic():
            IndexEntry.objects.filter(conversation__in=found, kind=TITLE).delete()
            _store(made)


def rebuild(owner: UUID | None = None) -> None:
    """Have everything of a person's, or everybody's, indexed again: it is ``Missing``
    from now on, and found by its old entry until its turn comes.
    """
    entries: QuerySet[IndexEntry] = IndexEntry.objects.all()
    if owner is not None:
        entries = entries.filter(owner_id=owner)
    entries.update(format=0)


def _of_message(message: Message, text: str) -> IndexEntry:
    entry = _entry(MESSAGE, message.owner_id, text, message.created)
    entry.conversation_id = message.conversation_id
    entry.message, entry.role = message, message.role
    return entry


def _of_passage(passage: Passage, conversation: UUID | None) -> IndexEntry:
    said = passage.file.created
    text = _readable(passage.body)
    entry = _entry(PASSAGE, passage.owner_id, text, said)
    entry.conversation_id, entry.passage = conversation, passage
    return entry


def _of_title(conversation: Conversation) -> IndexEntry:
    text = _readable(conversation.title)
    entry = _entry(TITLE, conversation.owner_id, text, conversation.created)
    entry.conversation = conversation
    return entry


def _entry(kind: str, owner: UUID, text: str, said: datetime) -> IndexEntry:
    """What cannot be read is found by nothing."""
    hashes: list[int] = []
    length = 0
    if text:
        terms, length = entry_terms(text, said)
        if kind != MESSAGE:  # few among many: to be found at once they need a mark
            terms.add(f"kind:{kind}")
        try:
            hashes = sorted(set(Hasher(owner).all(terms)))
        except CannotOpen:
            length = 0
    return IndexEntry(
        kind=kind,
        owner_id=owner,
        said=said,
        length=length,
        terms=hashes,
        format=FORMAT,
    )


def _readable(text: str) -> str:
    return "" if isinstance(text, Unreadable) else text


def _store(entries: Iterable[IndexEntry], stands_for: str = "") -> None:
    """An entry for the same thing is renewed; it keeps its number."""
    if not stands_for:
        IndexEntry.objects.bulk_create(entries)
        return
    IndexEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=[stands_for],
        update_fields=_RENEWED,
    )
