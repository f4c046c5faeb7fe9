"""Reading what somebody else said: asked for, for a while, recorded, told to them.

That it was opened is stored before anything can be shown, and each page before that
page is. The owner is told whatever the reason was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.audit import record
from accounts.audit.recording import pseudonym
from accounts.models import User
from accounts.policies import policy
from chatsite.lib.notices import mail_after_commit
from conversations.models import BreakGlass, Conversation, File, Message, Passage
from conversations.services import thread
from conversations.services.access import NotFound
from conversations.services.thread import Shown

PERMISSION = "privacy.break_glass"
PAGE = 20  # messages
SEALED = ("conversation__title", "conversation__system_prompt")
TOLD = """\
{reader} opened one of your conversations to read it.

Reason: {reason}
Case: {reference}
Opened: {opened:%Y-%m-%d %H:%M} UTC

Your settings list every such reading, under "Recent activity".
"""


class Over(Exception):
    """It was closed, its time is over, or its reader may no longer read."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the owner sees of some messages, in the order in which they were said, of
    every branch. ``count``: pages there are.
    """

    reading: BreakGlass
    title: str
    shown: list[Shown]
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class FilePage:
    """Some passages of a file's text."""

    reading: BreakGlass
    file: File
    passages: list[Passage]
    number: int
    count: int


def begin(
    *, by: User, conversation_id: UUID, reason: str, reference: str
) -> BreakGlass:
    """Leave to read, from now on. Of one's own there is no need: ``NotFound``."""
    _check(by)
    talks = Conversation.objects.select_related("owner")
    talks = talks.exclude(owner=by).defer("title", "system_prompt")
    now = timezone.now()
    with transaction.atomic():
        talk = talks.filter(id=conversation_id).first()
        if talk is None:
            raise NotFound
        reading = BreakGlass.objects.create(
            reader=by,
            reader_pseudonym=pseudonym(by.pk),
            conversation=talk,
            owner=talk.owner,
            reason=BreakGlass.Reason(reason),
            reference=reference,
            opened=now,
            until=now + timedelta(minutes=policy("break_glass_minutes")),
        )
        _tell(talk.owner, reading, by)
        record(
            "conversations.glass_broken",
            actor=by,
            subject=talk,
            reading=reading.id,
            owner=pseudonym(talk.owner_id),
            reason=reading.reason,
        )
    return reading


def read(*, by: User, reading_id: UUID, number: int = 1) -> Page:
    """A page, recorded before it is fetched. Raises ``NotFound`` for what is not this
    reader's, ``Over`` when it may no longer be read.
    """
    _check(by)
    reading = _of(by, reading_id)
    if reading.conversation_id is None:
        raise Over
    messages = Message.objects.filter(
        conversation_id=reading.conversation_id, role__in=thread.ROLES
    )
    count = max(1, -(-messages.count() // PAGE))
    if not 1 <= number <= count:
        raise NotFound
    _record(by, reading, page=number)
    return _page(reading, messages, number, count)


def read_file(
    *, by: User, reading_id: UUID, file_id: UUID, number: int = 1
) -> FilePage:
    """The same of the text of a file that was sent in the conversation."""
    _check(by)
    reading = _of(by, reading_id)
    sent = File.objects.filter(
        conversation_id=reading.conversation_id, message__isnull=False
    )
    file = sent.filter(id=file_id, owner_id=reading.owner_id).first()
    if file is None or reading.conversation_id is None:
        raise NotFound
    passages = Passage.objects.filter(file=file, owner_id=reading.owner_id)
    count = max(1, -(-passages.count() // PAGE))
    if not 1 <= number <= count:
        raise NotFound
    _record(by, reading, file=file.id, page=number)
    first = (number - 1) * PAGE
    shown = list(passages.order_by("number")[first : first + PAGE])
    return FilePage(reading, file, shown, number, count)


def close(*, by: User, reading_id: UUID) -> bool:
    """Before its time is over; False when it was."""
    reading = _of(by, reading_id)
    now = timezone.now()
    with transaction.atomic():
        open_still = BreakGlass.objects.filter(
            id=reading.id, closed=None, until__gt=now
        )
        if not open_still.update(closed=now):
            return False
        record(
            "conversations.glass_closed",
            actor=by,
            subject=("conversations.conversation", str(reading.conversation_id)),
            reading=reading.id,
        )
    return True


# --- what the owner is told
def readings_of(user_id: UUID) -> QuerySet[BreakGlass]:
    """By others, of what this person said; the latest first."""
    rows = BreakGlass.objects.filter(owner_id=user_id).order_by("-opened", "-id")
    return rows.select_related("reader", "conversation").defer(*SEALED)


def unseen(user_id: UUID) -> QuerySet[BreakGlass]:
    return readings_of(user_id).filter(notice_seen=None)


@transaction.atomic
def mark_seen(user_id: UUID) -> None:
    User.objects.filter(pk=user_id).update(has_notice=False)
    unseen(user_id).update(notice_seen=timezone.now())


def _check(by: User) -> None:
    if not by.has_perm(PERMISSION):
        raise Over


def _of(by: User, reading_id: UUID) -> BreakGlass:
    rows = BreakGlass.objects.select_related("conversation", "owner").defer(*SEALED)
    reading = rows.filter(id=reading_id, reader=by).first()
    if reading is None:
        raise NotFound
    return reading


def _tell(owner: User, reading: BreakGlass, by: User) -> None:
    User.objects.filter(pk=owner.pk).update(has_notice=True)
    text = TOLD.format(
        reader=f"{by} ({by.get_role_display().lower()})",
        reason=reading.get_reason_display(),
        reference=reading.reference,
        opened=reading.opened,
    )
    mail_after_commit(owner.email, "One of your conversations was read", text)


def _record(by: User, reading: BreakGlass, **told: Any) -> None:
    """Before anything is fetched; ``Over`` when the time is over."""
    with transaction.atomic():
        still = BreakGlass.objects.filter(
            id=reading.id, closed=None, until__gt=timezone.now()
        )
        if not still.update(pages_read=F("pages_read") + 1):
            raise Over
        record(
            "conversations.read_by_staff",
            actor=by,
            subject=("conversations.conversation", str(reading.conversation_id)),
            reading=reading.id,
            **told,
        )


def _page(
    reading: BreakGlass, messages: QuerySet[Message], number: int, count: int
) -> Page:
    talk = Conversation.objects.filter(id=reading.conversation_id).first()
    if talk is None:  # it went meanwhile
        raise Over
    rows = messages.order_by("id").defer("html")
    first = (number - 1) * PAGE
    said = rows[first : first + PAGE]
    shown = thread.shown_in(talk.owner_id, talk.id, said)
    return Page(reading, str(talk.title), shown, number, count)
