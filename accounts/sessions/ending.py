"""Signing devices out: one, all others, all."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.audit import record
from accounts.audit.recording import PERSON, pseudonym
from accounts.models import Device, User
from accounts.sessions.listeners import tell
from accounts.sessions.store import hash_of

Person = User | UUID


def end_one(person: Person, device_id: UUID, by: User | None = None) -> bool:
    """False when it is not this person's, or over already."""
    return _end(person, {"id": device_id}, by) > 0


def end_others(person: Person, keep_key: str | None, by: User | None = None) -> int:
    """All but the session with this key: what a changed password or factor does.
    How many there were.
    """
    keep = Device.objects.filter(key_hash=hash_of(keep_key or ""))
    return _end(person, {}, by, but=keep.values_list("id", flat=True).first())


def end_all(person: Person, by: User | None = None) -> int:
    """How many there were."""
    return _end(person, {}, by)


def _end(
    person: Person, which: dict[str, UUID], by: User | None, but: UUID | None = None
) -> int:
    user_id = person if isinstance(person, UUID) else person.pk
    with transaction.atomic():
        rows = Device.objects.filter(person_id=user_id, **which)
        ended, _ = (rows.exclude(id=but) if but else rows).delete()
        if ended:
            tell()
            subject = (PERSON, str(pseudonym(user_id)))
            record("accounts.sessions_ended", actor=by, subject=subject, count=ended)
    return ended
