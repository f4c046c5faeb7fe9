"""What models were used for and what that cost: by day, by model, by person.

From turns and charges, so of a conversation that was deleted for good it counts no
more; a month's sums (``spending``) keep that. Days are UTC's on every database. What is
read is bounded by the period: ids sort by time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import User
from chatsite.lib.ids import first_id
from conversations.core.prices import UNIT
from conversations.models import Charge, Spending, Turn

LONGEST = 366  # days
PEOPLE = 50  # by name; the others are one sum
DAY = timedelta(days=1)
TOKENS = ("input_tokens", "output_tokens", "cached_tokens")


@dataclass(slots=True)
class Used:
    """USD: ``cost`` of replies, ``background`` of other calls. Tokens are of both."""

    replies: int = 0
    calls: int = 0
    sent: int = 0
    answered: int = 0
    cached: int = 0
    cost: Decimal = Decimal(0)
    background: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.cost + self.background

    @property
    def tokens(self) -> int:
        return self.sent + self.answered

    def add(self, other: Used) -> None:
        for each in fields(self):
            name = each.name
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [self.first + number * DAY for number in range(count)]

    @property
    def is_months(self) -> bool:
        return self.first.day == 1 and (self.last + DAY).day == 1


@dataclass(frozen=True, slots=True)
class Report:
    total: Used
    days: list[tuple[date, Used]]  # every one of the period
    models: list[tuple[str, Used]]  # the dearest first


def report(period: Period) -> Report:
    """Two queries."""
    days: dict[date, Used] = defaultdict(Used)
    models: dict[str, Used] = defaultdict(Used)
    total = Used()
    for (day, model), used in _grouped(period, "day", "model"):
        for each in (days[day], models[model], total):
            each.add(used)
    every = [(day, days[day]) for day in period.days]
    return Report(total, every, _dearest(models))


def by_person(period: Period) -> tuple[list[tuple[str, Used]], Used | None]:
    """The dearest by their address, and the sum of the others. Three queries."""
    people: dict[UUID, Used] = defaultdict(Used)
    for (owner_id,), used in _grouped(period, "owner_id"):
        people[owner_id].add(used)
    ranked = _dearest(people)
    named, rest = ranked[:PEOPLE], ranked[PEOPLE:]
    emails = _emails(owner_id for owner_id, _ in named)
    others = Used() if rest else None
    for _, used in rest:
        others.add(used)  # type: ignore[union-attr]
    return [(emails.get(who, str(who)), used) for who, used in named], others


def booked(period: Period) -> Decimal | None:
    """What the months' sums say, deleted conversations and all; None for other days."""
    if not period.is_months:
        return None
    rows = Spending.objects.filter(month__gte=period.first, month__lte=period.last)
    return _exact(rows.aggregate(sum=Sum("spent_usd"))["sum"])


Row = tuple[date, str, str, Used]


def rows(period: Period) -> Iterator[list[Row]]:
    """By day, person and model: the rows of one day at a time."""
    for day in period.days:
        found: dict[tuple[Any, ...], Used] = defaultdict(Used)
        for key, used in _grouped(Period(day, day), "owner_id", "model"):
            found[key].add(used)
        if found:
            emails = _emails(owner_id for owner_id, _ in found)
            yield sorted(
                (
                    (day, emails.get(who, str(who)), model, used)
                    for (who, model), used in found.items()
                ),
                key=lambda row: row[1:3],
            )


# --- helpers
def _grouped(period: Period, *by: str) -> Iterator[tuple[tuple[Any, ...], Used]]:
    """What turns and charges add up to."""
    spent = ~Q(input_tokens=0, output_tokens=0, cost_usd=0)
    for row in _sums(Turn.objects.filter(spent), period, by):
        *key, count, sent, answered, cached, cost = row
        yield tuple(key), Used(count, 0, sent, answered, cached, cost=_exact(cost))
    for row in _sums(Charge.objects.all(), period, by):
        *key, count, sent, answered, cached, cost = row
        cost = _exact(cost)
        yield tuple(key), Used(0, count, sent, answered, cached, background=cost)


def _sums(
    rows: QuerySet[Any], period: Period, by: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    since, until = _midnight(period.first), _midnight(period.last + DAY)
    near = {"id__gte": first_id(since - DAY), "id__lt": first_id(until + DAY)}
    rows = rows.filter(**near, created__gte=since, created__lt=until).order_by()
    if "day" in by:
        rows = rows.annotate(day=TruncDate("created", tzinfo=UTC))
    sums = [Sum(name) for name in (*TOKENS, "cost_usd")]
    return rows.values_list(*by).annotate(Count("id"), *sums).iterator()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _dearest(sums: dict[Any, Used]) -> list[tuple[Any, Used]]:
    def rank(item: tuple[Any, Used]) -> tuple[Any, ...]:
        return -item[1].total, -item[1].tokens, str(item[0])

    return sorted(sums.items(), key=rank)


def _emails(ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(User.objects.filter(id__in=list(ids)).values_list("id", "email"))


def _exact(value: Decimal | None) -> Decimal:
    """SQLite adds in floating point, far below the unit's half."""
    return (value or Decimal(0)).quantize(UNIT)
