"""Cold storage: what was said in conversations that lie idle, packed together.

A piece is packed, sealed, read again and compared; then, in one transaction, it is
stored and a reference takes the place of each text, by compare-and-set. Rows, ids,
flags and the index stay where they are, so a cold conversation is listed, found and
recalled as before; whoever reads one of its fields is given the text
(``ColdPart.text_of``). When its owner opens it, it comes back.

``cold_at`` says since when some of a conversation is there. Not later than its last
activity, it says that not all of it is: the process that moved it was interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Length
from django.utils import timezone

from accounts import retention
from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import Unreadable
from conversations.models import (
    ColdPart,
    Conversation,
    Message,
    Passage,
    Summary,
    ToolCall,
    Turn,
)
from conversations.models.cold_copy import REFERENCE, name_of

log = logging.getLogger(__name__)
PART = 1_000_000  # characters of a part, about
READ_AT_ONCE = 100  # rows
THAWED_AT_ONCE = 5  # conversations that were written to while they were cold


class Changed(Exception):
    """Somebody else wrote what was about to be moved; nothing is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What was moved at once; ``is_last``: of its conversation."""

    texts: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A field whose texts are moved, and the lookup that leads to the conversation."""

    model: type[Any]
    field: str
    conversation: str


PLACES = (
    Place(Message, "body", "conversation"),
    Place(Turn, "receipt", "conversation"),
    Place(ToolCall, "input", "turn__conversation"),
    Place(ToolCall, "output", "turn__conversation"),
    Place(ToolCall, "short", "turn__conversation"),
    Place(Summary, "text", "conversation"),
    Place(Passage, "body", "file__conversation"),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """A text, and the value that it has in its row."""

    place: Place
    row: Any
    sealed: bytes
    text: str


# a row's id, what its field has now, and what it and others are to have
Change: TypeAlias = tuple[Any, ...]


# --- into cold storage
def freeze_some(now: datetime | None = None) -> Piece | None:
    """Move a piece of a conversation that has been idle long enough; None when there
    is none, or somebody else is at it.
    """
    now = now or timezone.now()
    cutoff = retention.rule(retention.COLD).cutoff(now)
    if cutoff is None:
        return None
    conversation = _next_idle(cutoff)
    if conversation is None:
        return None
    moved, is_all = _gather(conversation)
    part = _part_of(conversation, moved) if moved else None  # takes long: no lock yet
    since = now if is_all else F("updated")
    try:
        with transaction.atomic():
            _check_idle(conversation, cutoff)
            if part:
                part.save(force_insert=True)
                _point_all(part, moved)
            Conversation.objects.filter(id=conversation.id).update(cold_at=since)
    except (Changed, IntegrityError):
        log.info("conversation %s is not moved now", conversation.id)
        return None
    return Piece(len(moved), is_all)


def _next_idle(cutoff: datetime) -> Conversation | None:
    """The one that is idle longest; those whose move was broken off last, because no
    index tells them from what is all cold.
    """
    rows = idle(cutoff)
    warm = rows.filter(cold_at=None).order_by("updated")
    return warm.first() or rows.filter(cold_at__isnull=False).first()


def idle(cutoff: datetime) -> QuerySet[Conversation]:
    """What nobody wrote in or opened since then, and is not all in cold storage."""
    unread = Q(read_at=None) | Q(read_at__lt=cutoff)
    warm = Q(cold_at=None) | Q(cold_at__lte=F("updated"))
    live = Turn.objects.filter(conversation=OuterRef("pk"), status__in=Turn.LIVE)
    rows = Conversation.objects.filter(unread, warm, updated__lt=cutoff)
    return rows.filter(~Exists(live))


def _check_idle(conversation: Conversation, cutoff: datetime) -> None:
    """Lock it, as who writes to it does, and look again: a turn may have begun."""
    skip = connection.features.has_select_for_update_skip_locked
    locked = Conversation.objects.select_for_update(skip_locked=skip)
    if locked.filter(id=conversation.id).only("id").first() is None:
        raise Changed(conversation.id)
    if not idle(cutoff).filter(id=conversation.id).exists():
        raise Changed(conversation.id)


def _gather(conversation: Conversation) -> tuple[list[Moved], bool]:
    """The next texts to be moved, and whether they are the last. What no key opens
    stays where it is.
    """
    moved: list[Moved] = []
    size = 0
    for each in _texts(conversation):
        moved.append(each)
        size += len(each.text)
        if size >= PART:
            return moved, False
    return moved, True


def _texts(conversation: Conversation) -> Iterator[Moved]:
    for place in PLACES:
        there = {place.conversation: conversation.id}
        rows = place.model.objects.filter(**there, owner_id=conversation.owner_id)
        rows = rows.annotate(size=Length(place.field)).filter(size__gt=REFERENCE)
        rows = rows.only("id", "owner_id", place.field).order_by("id")
        for row in rows.iterator(READ_AT_ONCE):
            field = place.model._meta.get_field(place.field)
            text = field.packed(row)
            if not isinstance(text, Unreadable):
                sealed = field.held(row)
                yield Moved(place, row, sealed, text)


def _part_of(conversation: Conversation, moved: Sequence[Moved]) -> ColdPart:
    parts = ColdPart.objects.filter(conversation=conversation)
    last = parts.aggregate(last=Max("number"))["last"] or 0
    part = ColdPart(
        conversation=conversation, owner_id=conversation.owner_id, number=last + 1
    )
    part.put({_name(each.place, each.row.id): each.text for each in moved})
    return part


def _point_all(part: ColdPart, moved: Sequence[Moved]) -> None:
    """Every text, or ``Changed``."""
    for place in PLACES:
        mine = [each for each in moved if each.place is place]
        if _point(place, mine, part.reference) != len(mine):
            raise Changed(part.conversation_id)


def _point(place: Place, moved: Sequence[Moved], reference: bytes) -> int:
    """Put the reference where the texts were; how many were still there. A rendering
    goes: it is made again when somebody looks at it.
    """
    if place.model is not Message:
        return _replace(
            place, [(each.row.id, each.sealed, reference) for each in moved]
        )
    html = Message._meta.get_field("html")
    rows = [
        (each.row.id, each.sealed, reference, html.seal(each.row, ""), 0)
        for each in moved
    ]
    return _replace(place, rows, also=("html", "html_version"))


# --- and back
def thaw(conversation: Conversation) -> int:
    """Bring back what was said in a conversation, because its owner opened it; how many
    texts. A part that cannot be opened stays as it is, and so do its references.
    """
    if conversation.cold_at is None:
        return 0
    now = timezone.now()
    same = Conversation.objects.filter(id=conversation.id)
    # not idle from now on; whether there is something unread stays as it was
    same.exclude(read_at__lt=F("replied_at")).exclude(
        read_at=None, replied_at__isnull=False
    ).update(read_at=now)
    texts = after = 0
    while (number := _next_part(conversation, after)) is not None:
        texts += _thaw_part(conversation, number)
        after = number
    left = ColdPart.objects.filter(conversation=OuterRef("pk"))
    same.exclude(Exists(left)).update(cold_at=None)
    return texts


def thaw_written(now: datetime | None = None) -> bool:
    """Bring back what was written to without being opened. False: nothing came."""
    written = Conversation.objects.filter(cold_at__lt=F("updated"))
    return sum(map(thaw, written.order_by("updated")[:THAWED_AT_ONCE])) > 0


def _next_part(conversation: Conversation, after: int) -> int | None:
    parts = ColdPart.objects.filter(conversation=conversation, number__gt=after)
    return parts.order_by("number").values_list("number", flat=True).first()


def _thaw_part(conversation: Conversation, number: int) -> int:
    """By compare-and-set, so two tabs may do it at once."""
    parts = ColdPart.objects.filter(conversation_id=conversation.id, number=number)
    if (part := parts.first()) is None:
        return 0
    try:
        texts = part.texts()
    except CannotOpen:
        log.error("cold part %s cannot be opened; it stays", part.id)
        return 0
    warm = [(place, list(_warm(place, part, texts))) for place in PLACES]
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().filter(id=conversation.id)
        if locked.only("id").first() is None or not parts.filter(id=part.id).exists():
            return 0
        for place, changes in warm:
            _replace(place, changes)
        part.delete()
    return len(texts)


def _warm(place: Place, part: ColdPart, texts: dict[str, str]) -> Iterator[Change]:
    """Each text of a place sealed to its row again, as ``_replace`` takes them."""
    field, begins = place.model._meta.get_field(place.field), _name(place)
    for name, text in texts.items():
        if name.startswith(begins):
            pk = UUID(hex=name.removeprefix(begins))
            row = place.model(id=pk, owner_id=part.owner_id)
            yield pk, part.reference, field.seal_packed(row, text)


def _name(place: Place, pk: UUID | None = None) -> str:
    if pk is not None:
        return name_of(place.model, place.field, pk)
    return name_of(place.model, place.field, UUID(int=0)).partition(":")[0] + ":"


def _replace(place: Place, changes: Iterable[Change], also: Sequence[str] = ()) -> int:
    """Where a row's field is as it was, put another value, and the fields ``also`` with
    it; how many rows. One statement for all.
    """
    meta, quoted = place.model._meta, connection.ops.quote_name
    named = [meta.get_field(name) for name in (place.field, *also)]
    columns = ", ".join(f"{quoted(field.column)} = %s" for field in named)
    statement = (
        f"UPDATE {quoted(meta.db_table)} SET {columns}"  # noqa: S608 - our own names
        f" WHERE {quoted(meta.pk.column)} = %s AND {quoted(named[0].column)} = %s"
    )
    in_order = [*named, meta.pk, named[0]]
    rows = [
        [
            field.get_db_prep_value(value, connection)
            for field, value in zip(in_order, [*new, pk, old], strict=True)
        ]
        for pk, old, *new in changes
    ]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
        return cursor.rowcount
