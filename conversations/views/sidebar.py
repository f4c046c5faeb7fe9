"""The sidebar: pinned conversations, then the others under the days of the reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from conversations.core.grouping import PINNED, Group, group_of
from conversations.models import Conversation
from conversations.services import listing


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading; without it if they go on with the page before."""

    group: Group
    continues: bool = False
    rows: list[Conversation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sidebar:
    sections: list[Section]
    after: str
    running: frozenset[UUID]

    @property
    def rows(self) -> list[Conversation]:
        """All of them, the latest first."""
        unsorted = (row for section in self.sections for row in section.rows)
        return sorted(unsorted, key=lambda row: row.updated, reverse=True)


def sidebar(request: HttpRequest, after: str = "") -> Sidebar:
    """A page of it. Raises ``BadCursor``."""
    found = listing.sidebar(request.user.pk, after)
    zone, now = timezone.get_current_timezone(), timezone.now()
    before = None
    if after:
        last_shown, _ = listing.LATEST.read(after)
        before = group_of(last_shown, now, zone)
    sections = [Section(PINNED, rows=found.pinned)] if found.pinned else []
    sections += _sections(found.rows, before, now, zone)
    return Sidebar(sections, found.after, found.running)


def _sections(
    rows: Iterable[Conversation], before: Group | None, now: datetime, zone: tzinfo
) -> list[Section]:
    sections: list[Section] = []
    for row in rows:
        group = group_of(row.updated, now, zone)
        if not sections or sections[-1].group != group:
            sections.append(Section(group, continues=group == before))
        sections[-1].rows.append(row)
    return sections
