"""A person's own part of the log, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.audit.actions import ACTIONS
from accounts.models import AuditEvent, Pseudonym


@dataclass(frozen=True, slots=True)
class Activity:
    seq: int
    time: datetime
    told: str
    ip: str


def latest(user_id: UUID, *, before: int | None, at_most: int) -> list[Activity]:
    """What they did and what was done to their account, the latest first."""
    me = Pseudonym.objects.filter(user_id=user_id).values_list("id", flat=True).first()
    if me is None:
        return []
    rows = AuditEvent.objects.order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    # two walks along an index each, instead of one that sorts all that is theirs
    found = {
        event.seq: event
        for part in (Q(actor=me), Q(subject_id=str(me)))
        for event in rows.filter(part)[:at_most]
    }
    newest = sorted(found, reverse=True)[:at_most]
    return [_activity(found[seq], me) for seq in newest]


def _activity(event: AuditEvent, me: UUID) -> Activity:
    told = ACTIONS.get(event.action, event.action)
    if fields := event.details.get("fields"):
        told += f": {', '.join(fields)}"
    mine = event.actor == me
    by_somebody = event.actor is not None and not mine
    if by_somebody:
        told += ", by an administrator"
    # where an administrator sits is not for others to know
    return Activity(event.seq, event.time, told, "" if by_somebody else event.ip)
