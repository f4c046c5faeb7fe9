"""What a search shows: the best of what it found, each conversation together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from conversations.core.snippets import Snippet

RECENT = 90.0  # days in which what makes the latest better is halved
LATEST_IS_BETTER_BY = 0.4


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. ``link`` opens it; ``source`` is a file's name."""

    link: str
    snippet: Snippet
    said: datetime
    role: str = ""
    source: str = ""
    score: float = 0.0
    conversation: UUID | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one conversation, or of files that belong to none, the best first.
    ``more``: so many others were found there.
    """

    conversation: UUID | None
    title: str
    hits: list[Hit]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """``after``: where an older part of the search goes on, "" when it is at its end.
    ``notices``: what the person should know of how it was searched.
    """

    titles: list[Hit] = field(default_factory=list)
    facts: list[Hit] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    after: str = ""
    notices: tuple[str, ...] = ()
    more_titles: bool = False

    @property
    def hits(self) -> list[Hit]:
        """All of them in the order in which they are shown."""
        grouped = [hit for group in self.groups for hit in group.hits]
        return [*self.titles, *self.facts, *grouped]


def with_age(score: float, said: datetime, now: datetime) -> float:
    """A score that is a little better for what was said lately."""
    days = max(0.0, (now - said).total_seconds() / 86_400)
    return score + LATEST_IS_BETTER_BY * 0.5 ** (days / RECENT)


def grouped(hits: Iterable[Hit], titles: dict[UUID, str], each: int) -> list[Group]:
    """Hits by conversation, at most ``each`` of one; that with the best hit first."""
    together: dict[UUID | None, list[Hit]] = defaultdict(list)
    for hit in sorted(hits, key=lambda hit: -hit.score):
        together[hit.conversation].append(hit)
    return [
        Group(key, titles.get(key, "") if key else "", found[:each], len(found[each:]))
        for key, found in together.items()
    ]
