"""Usage and costs as charts, each with its table; and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from chatsite.lib.console import answer
from chatsite.lib.spreadsheets import lines
from chatsite.lib.streaming import Parts
from conversations.core import charts
from conversations.core.periods import BadPeriod
from conversations.core.periods import period as period_of
from conversations.core.prices import UNIT
from conversations.services import usage as service
from conversations.services.usage import LONGEST, Period, Used

TITLE = "Usage"
MONTHS = 12  # to choose among
DAY = timedelta(days=1)
COLUMNS = (
    "day",
    "email",
    "model",
    "replies",
    "background_calls",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "replies_usd",
    "background_usd",
)


class BadRange(ValueError):
    """``str()`` is a sentence for whoever chose it."""


@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """Of a month, or from one day to another; else of this month."""
    problem = ""
    try:
        chosen = _chosen(request)
    except BadRange as why:
        chosen, problem = _this_month(), str(why)
    report = service.report(chosen)
    sees_people = request.user.has_perm("accounts.view_user")
    people, others = service.by_person(chosen) if sees_people else ([], None)
    booked = service.booked(chosen)
    return answer(
        request,
        "usage",
        TITLE,
        status=400 if problem else 200,
        problem=problem,
        period=chosen,
        months=_months(),
        total=report.total,
        booked=booked,
        deleted=booked and max(booked - report.total.total, 0),
        cost=_columns(report.days, "cost", "background"),
        tokens=_columns(report.days, "sent", "answered"),
        days=[(day, used) for day, used in report.days if _any(used)],
        models=_bars(report.models),
        people=_bars(people),
        others=others,
        sees_people=sees_people,
    )


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """Day by day, so that a year of many people fills no memory."""
    try:
        chosen = _chosen(request)
    except BadRange as why:
        return answer(request, "usage_refused", TITLE, status=400, problem=str(why))
    response = Parts(
        _file(chosen, request.user.has_perm("accounts.view_user")),
        content_type="text/csv; charset=utf-8",
    )
    name = f"usage-{chosen.first}-{chosen.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file(chosen: Period, sees_people: bool) -> Iterator[bytes]:
    yield lines([COLUMNS])
    for rows in service.rows(chosen):
        yield lines(
            (
                day,
                email if sees_people else "",
                model,
                used.replies,
                used.calls,
                used.sent,
                used.answered,
                used.cached,
                used.cost.quantize(UNIT),
                used.background.quantize(UNIT),
            )
            for day, email, model, used in rows
        )


def _chosen(request: HttpRequest) -> Period:
    """Raises ``BadRange``."""
    given = request.GET
    if month := given.get("month", ""):
        try:
            first, after = period_of(month)
        except BadPeriod:
            raise BadRange("There is no such month.") from None
        return _checked(first, after - DAY)
    if not (given.get("from") or given.get("to")):
        return _this_month()
    try:
        first, last = (
            date.fromisoformat(given.get(name, "")) for name in ("from", "to")
        )
    except ValueError:
        raise BadRange("Choose the first and the last day.") from None
    return _checked(first, last)


def _checked(first: date, last: date) -> Period:
    if first.year < 2000 or last.year > 2200:
        raise BadRange("There is no such month.")
    if last < first:
        raise BadRange("The last day is before the first one.")
    if (last - first).days >= LONGEST:
        raise BadRange(f"At most {LONGEST} days.")
    return Period(first, last)


def _this_month() -> Period:
    return _month(_today())


def _today() -> date:
    return timezone.now().astimezone(UTC).date()


def _month(day: date) -> Period:
    first, after = period_of(f"{day:%Y-%m}")
    return Period(first, after - DAY)


def _months() -> list[date]:
    """The latest ones, this first."""
    found = [_today().replace(day=1)]
    while len(found) < MONTHS:
        found.append((found[-1] - DAY).replace(day=1))
    return found


def _any(used: Used) -> bool:
    return bool(used.replies or used.calls)


def _columns(days: list[tuple[date, Used]], *parts: str) -> charts.Columns:
    return charts.columns(
        [
            (f"{day:%Y-%m-%d}", [getattr(used, part) for part in parts])
            for day, used in days
        ]
    )


def _bars(rows: list[tuple[str, Used]]) -> list[dict[str, Any]]:
    """By cost; where nothing costs anything, by tokens."""
    costs = [used.total for _, used in rows]
    lengths = charts.bars(costs if any(costs) else [used.tokens for _, used in rows])
    return [
        {"name": name, "used": used, "length": length}
        for (name, used), length in zip(rows, lengths, strict=True)
    ]
