"""Searching everything a person said, was told, and keeps here.

The index names candidates, the latest first; they are opened a few at a time and read,
since only the text tells whether it has the words. What was read is shown by how well
it fits; the older rest is a request of its own. Nothing is ever counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import facts
from chatsite.lib.crypto import CannotOpen
from conversations.core.finding import Finder, in_text
from conversations.core.queries import Query, parse
from conversations.core.results import Found, Hit, grouped
from conversations.core.snippets import whole
from conversations.index.hashing import Hasher
from conversations.services.candidates import (
    TITLE,
    Candidates,
    groups_of,
    mark_of,
    narrowed,
    scope_of,
)
from conversations.services.closest import closest
from conversations.services.listing import BadCursor
from conversations.services.sightings import Sighting, sightings, titles_of

BATCH = 60  # candidates opened together
NO_WORD = "There is no word in this to look for."
CLOSEST = "No message has all of these words; closest:"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is done for one request: candidates ``opened`` and hits ``wanted``;
    ``titles``, ``facts``, conversations and hits of ``each`` that are shown.
    """

    opened: int
    wanted: int
    titles: int
    facts: int
    conversations: int
    each: int


WHOLE = Bounds(opened=400, wanted=100, titles=20, facts=10, conversations=100, each=3)
TYPED = Bounds(opened=60, wanted=60, titles=4, facts=2, conversations=6, each=2)


def search(
    by: UUID,
    typed: str,
    *,
    zone: tzinfo,
    typing: bool = False,
    after: str = "",
    within: UUID | None = None,
    place: str = "",
) -> Found:
    """What has the words that were ``typed``, the latest part of it.

    ``typing``: it is not finished, so less is read for it. ``after``: go on where such
    a result ended. ``within``: in this conversation only; ``place``: in the ``trash``
    or the ``archive``, unless the query says. Days are those of ``zone``. Raises
    ``BadCursor``.
    """
    query = parse(typed, typing=typing)
    if not query.place:
        query = replace(query, place=place)
    if not (query.parts or query.without) and query.is_plain and not within:
        no_word = (NO_WORD,) if typed.strip() and not typing else ()
        return Found(notices=query.notices or no_word)
    bounds = replace(WHOLE, each=WHOLE.wanted) if within else WHOLE
    try:
        search = _Search(by, query, zone, TYPED if typing else bounds, within)
        return search.run(_number(after))
    except CannotOpen:  # the person's key is gone, and with it all of this
        return Found(notices=query.notices)


class _Search:
    def __init__(
        self, by: UUID, query: Query, zone: tzinfo, bounds: Bounds, within: UUID | None
    ) -> None:
        self._by, self._query, self._bounds, self._within = by, query, bounds, within
        self._groups = groups_of(query, Hasher(by), zone)
        self._asked = narrowed(query, zone)
        self._scope = scope_of(by, query, within)
        self._finder = Finder(query)
        self._now = timezone.now()

    def run(self, before: int | None) -> Found:
        is_first = before is None
        titles = self._titles() if is_first and self._has_titles_apart else []
        candidates = self._candidates(before)
        seen = self._look(candidates)
        known = self._facts() if is_first else []
        notices = self._query.notices
        if is_first and candidates.is_over and not (titles or seen or known):
            seen = self._closest()
            notices += (CLOSEST,) if seen else ()
        after = "" if candidates.is_over else str(candidates.before)
        return self._found(titles + seen, known, after, notices)

    @property
    def _has_titles_apart(self) -> bool:
        """Titles are few among many, and come first: they have a look of their own."""
        asks = self._query
        return not (asks.kind or asks.role or asks.code or self._scope is not None)

    def _titles(self) -> list[Sighting]:
        if not self._query.parts:
            return []
        groups = [*self._groups, [Hasher(self._by)(mark_of(TITLE))]]
        candidates = Candidates(self._by, groups, self._asked & Q(kind=TITLE))
        return sightings(self._by, candidates.next(BATCH), self._finder)

    def _candidates(self, before: int | None) -> Candidates:
        asked = self._asked
        if self._scope is None and self._query.kind != "title":
            asked &= ~Q(kind=TITLE)
        return Candidates(self._by, self._groups, asked, self._scope, before)

    def _look(self, candidates: Candidates) -> list[Sighting]:
        seen: list[Sighting] = []
        opened = 0
        while not (candidates.is_long or opened >= self._bounds.opened):
            entries = candidates.next(BATCH)
            seen += sightings(self._by, entries, self._finder)
            opened += len(entries)
            if len(seen) >= self._bounds.wanted:
                break
        return seen

    def _closest(self) -> list[Sighting]:
        if self._scope is not None:
            return []
        return closest(self._by, self._query, self._asked)

    def _facts(self) -> list[Hit]:
        if self._within or not (self._query.is_plain and self._query.parts):
            return []
        found = []
        for fact in facts.known(self._by):
            text = f"{fact.key}: {fact.value}"
            if match := self._finder.find(text):
                shown = whole(text, in_text(text, match.places))
                link = reverse("facts")
                found.append(Hit(link, shown, fact.created, score=match.score))
        return sorted(found, key=lambda hit: -hit.score)[: self._bounds.facts]

    def _found(
        self,
        seen: list[Sighting],
        known: list[Hit],
        after: str,
        notices: tuple[str, ...],
    ) -> Found:
        titles = [one.as_hit(self._now) for one in seen if one.is_title]
        titles.sort(key=lambda hit: -hit.score)
        others = [one.as_hit(self._now) for one in seen if not one.is_title]
        names = titles_of(self._by, {o.conversation for o in others if o.conversation})
        groups = grouped(others, names, self._bounds.each)
        most = self._bounds.titles
        if self._query.kind == "title":
            most = self._bounds.conversations * self._bounds.each
        return Found(
            titles[:most],
            known,
            groups[: self._bounds.conversations],
            after,
            notices,
            more_titles=len(titles) > most,
        )


def _number(cursor: str) -> int | None:
    if not cursor:
        return None
    if cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
        return int(cursor)
    raise BadCursor(cursor)
