"""Letting go of what has been kept long enough: exactly that, some at a time.

How long is for ``accounts.retention`` to say. Each piece is one transaction that looks
again at what it removes, so several processes may do it, and one that dies leaves
nothing half done and nothing unrecorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import audit, retention
from accounts.audit.retention import trim
from accounts.holds import is_held
from accounts.models import AuditAnchor
from accounts.retention import Rule
from conversations.models import Conversation, Turn
from conversations.services import conversations

AT_ONCE = 50  # things of a class
MESSAGES = 2_000  # of the conversations that go at once, about
TRIM_EVERY = timedelta(days=1)  # trimming the audit log is an event of it
SOON = timedelta(days=3)  # before it goes, a conversation's page says so

Rows: TypeAlias = QuerySet[Any]


def expire_some(now: datetime | None = None) -> dict[str, int]:
    """Remove some of what has been kept long enough; how many of each class. Empty:
    there is no more that can go now.
    """
    now = now or timezone.now()
    overdue = [
        (name, rows, remove)
        for name, rule in retention.rules().items()
        if (remove := _REMOVE.get(name))
        for rows in retention.older(name, rule, now)
        if rows.exists()
    ]
    if not overdue:  # no writer waits for nothing
        return {}
    gone: dict[str, int] = {}
    with transaction.atomic():
        for name, rows, remove in overdue:
            if count := remove(rows):
                gone[name] = gone.get(name, 0) + count
        if gone:
            audit.record("accounts.retention_ran", **gone)
    return gone


def trim_audit(now: datetime | None = None, *, at_once: bool = False) -> int:
    """Remove the oldest events of the audit log, once a day unless ``at_once``; how
    many.
    """
    now = now or timezone.now()
    rule = retention.rule(retention.AUDIT)
    cutoff = rule.cutoff(now)
    if cutoff is None:
        return 0
    if not any(rows.exists() for rows in retention.older(retention.AUDIT, rule, now)):
        return 0
    if not at_once:
        latest = AuditAnchor.objects.order_by("-seq").first()
        if latest and latest.time > now - TRIM_EVERY:
            return 0
    return trim(retention.audit_cutoff(cutoff))


def kept_until(rows: Iterable[Conversation]) -> dict[UUID, datetime]:
    """When each of one person's conversations goes, if it does and nobody writes to it.
    One query, or two.
    """
    rules = retention.rules()
    until = {row.id: when for row in rows if (when := _until(row, rules))}
    owners = {row.owner_id for row in rows if row.id in until}
    return {} if any(is_held(owner) for owner in owners) else until


def goes_soon(until: datetime | None) -> bool:
    return until is not None and until < timezone.now() + SOON


def trash_days() -> int | None:
    """How long what was deleted can be restored; None: for ever."""
    return retention.rule(retention.TRASH).days


def class_of(row: Conversation) -> str:
    """The one class that a conversation belongs to."""
    if row.deleted_at:
        return retention.TRASH
    if row.pinned_at:
        return retention.PINNED
    return retention.TEMPORARY if row.temporary else retention.NORMAL


def _until(row: Conversation, rules: Mapping[str, Rule]) -> datetime | None:
    rule = rules[class_of(row)]
    if rule.days is None:
        return None
    since = row.created if rule.mode == retention.FIXED else row.updated
    return (row.deleted_at or since) + timedelta(days=rule.days)


# --- a class each
def _conversations(rows: Rows) -> int:
    """As deleting for good does it."""
    idle = rows.filter(~_live("pk"))
    found = idle.order_by("id").values_list("id", "message_count")[:AT_ONCE]
    gone = weight = 0
    for conversation_id, messages in found:
        if gone and weight + messages > MESSAGES:
            break
        if _lock(conversation_id) and (it := idle.filter(id=conversation_id).first()):
            conversations.destroy(it)
            gone, weight = gone + 1, weight + messages
    return gone


def _files(rows: Rows) -> int:
    """Out of messages that stay."""
    idle = rows.filter(~_live("conversation"))
    found = idle.order_by("id").values_list("id", "conversation_id")[:AT_ONCE]
    free = {talk: _lock(talk) for talk in {talk for _, talk in found}}
    ids = [file_id for file_id, talk in found if free[talk]]
    count = idle.filter(id__in=ids).count()
    idle.filter(id__in=ids).delete()
    return count


def _memories(rows: Rows) -> int:
    ids = list(rows.order_by("id").values_list("id", flat=True)[:AT_ONCE])
    count = rows.filter(id__in=ids).count()
    rows.filter(id__in=ids).delete()
    return count


def _live(conversation: str) -> Exists:
    """A reply is being written there, or waits for it."""
    turns = Turn.objects.filter(conversation=OuterRef(conversation))
    return Exists(turns.filter(status__in=Turn.LIVE))


def _lock(conversation_id: UUID) -> bool:
    """Nothing is added to it from here on; False when somebody else has it."""
    skip = connection.features.has_select_for_update_skip_locked
    rows = Conversation.objects.select_for_update(skip_locked=skip)
    return rows.filter(id=conversation_id).only("id").first() is not None


_REMOVE: Mapping[str, Callable[[Rows], int]] = {
    retention.TRASH: _conversations,
    retention.TEMPORARY: _conversations,
    retention.NORMAL: _conversations,
    retention.PINNED: _conversations,
    retention.FILES: _files,
    retention.MEMORIES: _memories,
}
