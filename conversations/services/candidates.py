"""Which entries of the index may be what a query looks for: never too many at once.

The words are looked up in the index, the latest entries first, a window at a time;
operators narrow each window in SQL. Where they leave but some conversations or
messages (the trash, what is pinned), it goes the other way round: these entries are
read, and the words looked up in their terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations import index
from conversations.core.finding import has_weight
from conversations.core.periods import terms_between
from conversations.core.queries import Part, Query
from conversations.core.terms import beginning, is_unspaced, pairs_of, stem
from conversations.index.base import Groups
from conversations.index.hashing import Hasher
from conversations.models import Conversation, File, IndexEntry, Message

MESSAGE, TITLE, PASSAGE = IndexEntry.Kind.values
WINDOW, WIDEST = 100, 2_000  # entries looked at together
EXAMINED = 6_000  # entries of one request
SCOPED = 20_000  # entries that are read for their terms, the latest
_KINDS = {"title": TITLE, "files": PASSAGE}
_EARLIEST = date(1970, 1, 1)
_SLIM = ("id", "owner_id", "kind", "conversation_id", "message_id", "passage_id")


class Candidates:
    """``before``: the number to go on from. ``is_over``: there are no more of them."""

    def __init__(
        self,
        owner: UUID,
        groups: Groups,
        narrowed: Q,
        scope: Q | None = None,
        before: int | None = None,
    ) -> None:
        self.before, self.is_over, self.examined = before, False, 0
        self._owner, self._groups, self._narrowed = owner, groups, narrowed
        self._scoped = None if scope is None else _scoped(owner, scope)
        self._window = WINDOW

    def next(self, at_most: int) -> list[IndexEntry]:
        """The next ones; none does not mean that it ``is_over``."""
        numbers = self._numbers()
        self.examined += len(numbers)
        found = [entry for entry in self._read(numbers) if self._fits(entry)]
        if len(found) > at_most:
            found = found[:at_most]
            self.before = found[-1].id
        elif len(numbers) < self._window:
            self.is_over = True
        else:
            self.before = numbers[-1]
            if len(found) < at_most // 2:
                self._window = min(2 * self._window, WIDEST)
        return found

    @property
    def is_long(self) -> bool:
        """So much was looked at that it is time to answer."""
        return self.is_over or self.examined >= EXAMINED

    def _numbers(self) -> Sequence[int]:
        if self._scoped is not None:
            end = self.before
            older = (one for one in self._scoped if end is None or one < end)
            return list(islice(older, self._window))
        if self._groups:
            return index.entries().having(
                self._owner, self._groups, self._window, self.before
            )
        mine = IndexEntry.objects.filter(owner_id=self._owner)
        if self.before is not None:
            mine = mine.filter(id__lt=self.before)
        return list(mine.order_by("-id").values_list("id", flat=True)[: self._window])

    def _read(self, numbers: Sequence[int]) -> QuerySet[IndexEntry]:
        rows = IndexEntry.objects.filter(
            self._narrowed, owner_id=self._owner, id__in=numbers
        ).order_by("-id")
        more = ("role", "said", *(["terms"] if self._scoped is not None else []))
        return rows.only(*_SLIM, *more)

    def _fits(self, entry: IndexEntry) -> bool:
        if self._scoped is None:
            return True
        terms = set(entry.terms)
        return all(not terms.isdisjoint(group) for group in self._groups)


def groups_of(query: Query, hasher: Hasher, zone: tzinfo) -> list[list[int]]:
    """Of each group a candidate has at least one."""
    groups = [group for part in query.parts for group in groups_of_part(part)]
    if query.code:
        groups.append(["has:code"])
    if query.kind:
        groups.append([mark_of(_KINDS[query.kind])])
    if query.since or query.until:
        since, until = moments(query, zone)
        first = since.date() if since else _EARLIEST
        last = (until or timezone.now() + timedelta(2)) - timedelta(microseconds=1)
        groups.append(list(terms_between(first, last.date())))
    return [hasher.all(group) for group in groups]


def groups_of_part(part: Part) -> Iterable[list[str]]:
    """Of each group of terms an entry has one if its text has this part."""
    for at, word in enumerate(part.words, 1):
        is_open = part.open and at == len(part.words)
        if not has_weight(word):
            continue
        if is_unspaced(word):
            yield from ([pair] for pair in pairs_of(word) if len(pair) > 1)
        elif not is_open:
            yield [stem(word)]
        elif begun := beginning(word):
            yield [stem(word), f"p:{begun}"]


def mark_of(kind: str) -> str:
    return f"kind:{kind}"


def moments(query: Query, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """``since`` and ``until`` for somebody whose days are those of ``zone``."""
    return _moment(query.since, zone), _moment(query.until, zone)


def _moment(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time.min, zone).astimezone(UTC) if day else None


def narrowed(query: Query, zone: tzinfo) -> Q:
    """What the operators ask of an entry, in SQL."""
    asked = Q(kind__in=(MESSAGE, TITLE, PASSAGE))
    asked &= Q(kind__in=(TITLE, PASSAGE)) | Q(role__in=("user", "assistant"))
    if query.kind:  # also here, for marks may share their hash with a word
        asked &= Q(kind=_KINDS[query.kind])
    if query.role:
        asked &= Q(kind=MESSAGE, role=query.role)
    if query.place == "trash":
        asked &= Q(conversation__deleted_at__isnull=False)
    else:
        asked &= Q(conversation=None) | Q(conversation__deleted_at=None)
    if query.place == "archive":
        asked &= Q(conversation__archived_at__isnull=False)
    since, until = moments(query, zone)
    if since:
        asked &= Q(said__gte=since)
    if until:
        asked &= Q(said__lt=until)
    return asked


def scope_of(owner: UUID, query: Query, within: UUID | None) -> Q | None:
    """The conversations and messages that alone are meant, where these are few."""
    scopes = []
    mine = Conversation.objects.filter(owner_id=owner)
    if within:
        scopes.append(_in(mine.filter(id=within)))
    if query.place == "trash":
        scopes.append(_in(mine.filter(deleted_at__isnull=False)))
    if query.place == "archive":
        scopes.append(_in(mine.filter(archived_at__isnull=False)))
    if query.pinned:
        marked = Message.objects.filter(owner_id=owner, pinned_at__isnull=False)
        pinned = _in(mine.filter(pinned_at__isnull=False))
        scopes.append(pinned | Q(message__in=_ids(marked)))
    if query.file:
        sent = File.objects.filter(owner_id=owner, message__isnull=False)
        ids = list(sent.order_by().values_list("message_id", flat=True)[:SCOPED])
        scopes.append(Q(message__in=ids))
    if not scopes:
        return None
    scope = scopes[0]
    for another in scopes[1:]:
        scope &= another
    return scope


def _in(conversations: QuerySet[Conversation]) -> Q:
    return Q(conversation__in=_ids(conversations))


def _ids(rows: QuerySet[Conversation] | QuerySet[Message]) -> list[UUID]:
    return list(rows.order_by().values_list("id", flat=True)[:SCOPED])


def _scoped(owner: UUID, scope: Q) -> list[int]:
    """Numbers of the entries in a scope, the latest first. The owner is asked of the
    conversation: else SQLite would go through all the owner's entries.
    """
    rows = IndexEntry.objects.filter(scope, conversation__owner_id=owner)
    return sorted(rows.order_by().values_list("id", flat=True), reverse=True)[:SCOPED]
