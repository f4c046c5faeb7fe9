"""How much a person's index holds, roughly: what makes a term rare is asked often."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from django.db.models import Count, Max, Min

from conversations.models import IndexEntry

FRESH = 60.0  # seconds; a few messages more or less change no rank
KEPT = 1_000  # people
EXACT = 1_000  # entries; few are counted every time, for the first talk grows fast


@dataclass(frozen=True, slots=True)
class Extent:
    """Entries, the least and greatest of their numbers, and the years they are of."""

    entries: int
    oldest: int
    newest: int
    first_year: int
    last_year: int


def extent_of(owner: UUID) -> Extent:
    """One query, for large indexes once a minute."""
    with _lock:
        until, known = _known.get(owner, (0.0, None))
    if known is not None and time.monotonic() < until:
        return known
    found = _counted(owner)
    if found.entries > EXACT:
        with _lock:
            _known[owner] = (time.monotonic() + FRESH, found)
            _known.move_to_end(owner)
            if len(_known) > KEPT:
                _known.popitem(last=False)
    return found


def forget(owner: UUID) -> None:
    with _lock:
        _known.pop(owner, None)


def _counted(owner: UUID) -> Extent:
    found = IndexEntry.objects.filter(owner_id=owner).aggregate(
        entries=Count("*"),
        oldest=Min("id"),
        newest=Max("id"),
        first=Min("said"),
        last=Max("said"),
    )
    if not found["entries"]:
        return Extent(0, 0, 0, 0, 0)
    years = found["first"].year, found["last"].year
    return Extent(found["entries"], found["oldest"], found["newest"], *years)


_lock = Lock()
_known: OrderedDict[UUID, tuple[float, Extent]] = OrderedDict()
