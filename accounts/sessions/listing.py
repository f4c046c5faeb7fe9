"""What a person sees of where they are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Case, Value, When

from accounts.models import Device, User
from accounts.sessions.store import hash_of


@dataclass(frozen=True, slots=True)
class Listed:
    id: UUID
    name: str
    network: str
    how: str
    since: datetime
    seen: datetime
    is_this: bool


def devices_of(
    person: User, this_key: str | None, *, start: int = 0, at_most: int
) -> list[Listed]:
    """Where they are signed in: this one first, then the one used last."""
    this = When(key_hash=hash_of(this_key or ""), then=Value(True))
    rows = (
        Device.objects.alive()
        .filter(person=person, auth_hash=person.get_session_auth_hash())
        .annotate(is_this=Case(this, default=Value(False), output_field=BooleanField()))
        .order_by("-is_this", "-last_seen", "-id")
        .defer("data")
    )
    return [_listed(row) for row in rows[start : start + at_most]]


def _listed(row: Device) -> Listed:
    return Listed(
        row.id,
        str(row),
        row.network,
        row.get_how_display(),
        row.created,
        row.last_seen,
        row.is_this,
    )
