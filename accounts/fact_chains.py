"""What a fact came after: each names the one it replaced, so values have a history.

A history lasts as long as its fact. Of a fact that was forgotten nothing is kept but a
short while, in which that can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.holds import held_people
from accounts.models import Fact

LONGEST = 20  # values that a fact came after; the oldest go first


def history(fact: Fact) -> list[Fact]:
    """What the fact replaced, the latest first. One query."""
    same = Fact.objects.filter(owner_id=fact.owner_id, key_hash=fact.key_hash)
    return _before(fact, {row.id: row for row in same.exclude(ended=None)})


def histories(owner_id: UUID, facts: Iterable[Fact]) -> dict[UUID, list[Fact]]:
    """The same for many facts of a person, by fact. One query."""
    ended = Fact.objects.filter(owner_id=owner_id).exclude(ended=None)
    rows = {row.id: row for row in ended}
    return {fact.id: _before(fact, rows) for fact in facts}


def shorten(fact: Fact) -> None:
    """Drop the oldest of a history that has grown too long."""
    if older := [row.id for row in history(fact)[LONGEST:]]:
        Fact.objects.filter(id__in=older).delete()


def purge(before: datetime, owner_id: UUID | None = None) -> int:
    """Delete facts forgotten before then, each with its history, but of nobody whom a
    legal hold is on; how many rows.
    """
    later = Fact.objects.filter(replaces=OuterRef("pk"))
    ends = Fact.objects.filter(~Exists(later), ended__lt=before)
    ends = ends.exclude(owner_id__in=held_people())
    if owner_id is not None:
        ends = ends.filter(owner_id=owner_id)
    total = 0
    while gone := ends.delete()[0]:  # what comes last of a chain, and so on to its root
        total += gone
    return total


def _before(fact: Fact, rows: Mapping[UUID, Fact]) -> list[Fact]:
    found: list[Fact] = []
    at = fact.replaces_id
    while at is not None and at in rows:
        found.append(rows[at])
        at = rows[at].replaces_id
    return found
