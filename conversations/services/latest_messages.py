"""Finding past turns of one conversation by their words, where no index may know them.

For temporary conversations. It matches the words of the branch's latest messages. Their
terms are kept in memory, so a turn pays for the messages that are new to this process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from threading import Lock
from uuid import UUID

from chatsite.lib.fields import Unreadable
from conversations.core.context import Recalled
from conversations.core.matching import Said, Terms, best_turns
from conversations.core.terms import terms_of
from conversations.models import Message
from conversations.services import history, redacting
from conversations.services.branches import Branch, stored
from conversations.services.history import Place

LATEST = 500  # messages that are looked at
NEAR = 6  # messages that a branch gains between two questions, and some more
BRANCHES = 200  # whose messages are remembered
KEPT = 20_000  # messages whose terms are kept in memory
Kept = tuple[Terms, int]  # and how many they are in all


class LatestMessages:
    """``Recall`` over the latest messages of one branch."""

    def __init__(self, branch: Branch) -> None:
        self._branch = branch

    def find(self, question: str, turns: int) -> list[Recalled]:
        branch = self._branch
        question = redacting.restored(branch.conversation.owner_id, question)
        wanted = _hashed(terms_of(question))
        if not wanted or branch.last is None:
            return []
        places = _places_before(branch.conversation.id, branch.last)
        groups: dict[Hashable, Sequence[Place]] = dict(enumerate(_turns(places)))
        terms = _memory.of(places)
        said = [
            Said(number, None, *terms[key])
            for number, group in groups.items()
            for key, _, _ in group
            if key in terms
        ]
        found = best_turns(wanted, said, turns)
        return self._read([(groups[number], score) for number, score in found])

    def _read(self, found: list[tuple[Sequence[Place], float]]) -> list[Recalled]:
        """The words of what was found, in the same order."""
        ids = [place.id for group, _ in found for place in group]
        rows = Message.objects.filter(id__in=ids).defer("html")
        messages = {message.id: message for message in rows}
        told = {each.id: each for each in stored(messages.values())}
        return [
            Recalled(
                tuple(told[place.id] for place in group if place.id in told),
                round(score, 3),
                messages[group[0].id].created,
                self._branch.conversation.id,
            )
            for group, score in found
            if group[0].id in messages
        ]


def _places_before(conversation: UUID, question: UUID) -> list[Place]:
    """The latest messages before the question. They are remembered, so a turn walks
    over what its branch gained and no further.
    """
    found = history.places(conversation, question, NEAR + 1)[:-1]
    for at in range(len(found) - 1, -1, -1):
        if known := _branches.get(found[at].key):
            found = [*known, *found[at + 1 :]]
            break
    else:
        if len(found) == NEAR:
            found = history.places(conversation, question, LATEST + 1)[:-1]
    found = found[-LATEST:]
    if found:  # what a question follows stays where it is
        _branches.put(found[-1].key, found)
    return found


class _Branches:
    """The branches asked about last, each by the message that it ended with."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: OrderedDict[Hashable, list[Place]] = OrderedDict()

    def get(self, end: Hashable) -> list[Place] | None:
        with self._lock:
            return self._places.get(end)

    def put(self, end: Hashable, places: list[Place]) -> None:
        with self._lock:
            self._places[end] = places
            self._places.move_to_end(end)
            if len(self._places) > BRANCHES:
                self._places.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._places.clear()


_branches = _Branches()


def _turns(places: Sequence[Place]) -> list[Sequence[Place]]:
    """Grouped from one message of the person to the next."""
    starts = [at for at, place in enumerate(places) if place.role == "user"]
    if places and starts[:1] != [0]:
        starts.insert(0, 0)
    return [places[a:b] for a, b in pairwise([*starts, len(places)])]


class _Memory:
    """The terms of the messages asked for last, shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._terms: OrderedDict[Hashable, Kept] = OrderedDict()

    def of(self, places: Collection[Place]) -> dict[Hashable, Kept]:
        """Terms of those that can be read. Replies under way have none yet."""
        with self._lock:
            kept = self._terms
            found = {key: kept[key] for key, _, _ in places if key in kept}
        fresh = dict(_terms_of(p for p in places if p.key not in found))
        with self._lock:
            self._terms |= fresh
            while len(self._terms) > KEPT:
                self._terms.popitem(last=False)
        return found | fresh

    def forget(self) -> None:
        with self._lock:
            self._terms.clear()


def _terms_of(places: Iterable[Place]) -> Iterable[tuple[Hashable, Kept]]:
    wanted = {place.id: place.key for place in places}
    if not wanted:
        return
    rows = Message.objects.filter(id__in=wanted).only("id", "owner_id", "body")
    for row in rows:
        text = row.body
        if text and not isinstance(text, Unreadable):
            terms = _hashed(terms_of(text))
            yield wanted[row.id], (terms, sum(terms.values()))


def _hashed(terms: Mapping[str, int]) -> dict[Hashable, int]:
    """So that no words of people lie about in memory."""
    return {hash(term): times for term, times in terms.items()}


_memory = _Memory()
