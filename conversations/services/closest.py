"""When nothing has all the words that are looked for: what has most of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db.models import Q

from conversations import index
from conversations.core.finding import Finder, has_weight
from conversations.core.queries import Part, Query
from conversations.index.base import Groups
from conversations.index.hashing import Hasher
from conversations.services.candidates import Candidates, groups_of_part
from conversations.services.sightings import Sighting, sightings

MOST_WORDS = 6  # of a query, the rarest
COUNTED = 200  # entries: what more have is common
OPENED = 60
ALL_TOGETHER = 3.0  # what having all words is worth, beside how well it has them


def closest(owner: UUID, query: Query, asked: Q) -> list[Sighting]:
    """What has some of the words, the rare ones rather than the common; phrases count
    as their words. Raises ``CannotOpen``.
    """
    looking = _Looking(owner, query, asked)
    for combinations in looking.attempts():
        entries = {
            entry.id: entry
            for groups in combinations
            for entry in Candidates(owner, groups, asked).next(OPENED)
        }
        latest = sorted(entries.values(), key=lambda entry: -entry.id)[:OPENED]
        if seen := looking.rated(sightings(owner, latest, looking.finder)):
            return seen
    return []


class _Looking:
    def __init__(self, owner: UUID, query: Query, asked: Q) -> None:
        hasher = Hasher(owner)
        rated: list[tuple[float, Part, list[list[int]]]] = []
        for part in _words(query):
            groups = [hasher.all(group) for group in groups_of_part(part)]
            if met := len(index.entries().having(owner, groups, COUNTED)):
                rated.append((1 / (1 + math.log(met)), part, groups))
        rated = sorted(rated, key=lambda one: -one[0])[:MOST_WORDS]
        self._is_one_word = len(_words(query)) < 2
        self._weights = [weight for weight, _, _ in rated]
        self._groups = [groups for _, _, groups in rated]
        parts = tuple(part for _, part, _ in rated)
        self.finder = Finder(replace(query, parts=parts), self._weights)

    def attempts(self) -> list[list[Groups]]:
        """Combinations of groups to try: all the words, all but one, any."""
        known = self._groups
        if self._is_one_word or not known:
            return []
        places = range(len(known))
        tried: list[list[Groups]] = [[_flat(known)]]
        if len(known) > 2:
            tried.append([_flat(known[:at] + known[at + 1 :]) for at in places])
        if len(known) > 1:
            tried.append([[[term for group in _flat(known) for term in group]]])
        return tried

    def rated(self, seen: list[Sighting]) -> list[Sighting]:
        """With the words they have counting most."""
        total = math.fsum(self._weights)
        found = []
        for one in seen:
            present = {place.part for place in one.match.places}
            share = math.fsum(self._weights[part] for part in present) / total
            match = one.match._replace(score=one.match.score + ALL_TOGETHER * share)
            found.append(replace(one, match=match))
        return found


def _words(query: Query) -> list[Part]:
    """The words of all parts, each once."""
    parts = [
        Part((word,), open=part.open and at == len(part.words))
        for part in query.parts
        for at, word in enumerate(part.words, 1)
        if has_weight(word)
    ]
    return list(dict.fromkeys(parts))


def _flat(groups: Sequence[list[list[int]]]) -> list[list[int]]:
    return [group for some in groups for group in some]
