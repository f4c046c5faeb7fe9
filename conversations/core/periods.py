"""Years, months and days: read as people type them, and as the index knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

YEARS = range(1970, 3000)
_DAY = timedelta(days=1)
_TYPED = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII)


class BadPeriod(ValueError):
    """It is neither a year nor a month nor a day."""


def period(typed: str) -> tuple[date, date]:
    """The first day of ``2026``, ``2026-03`` or ``2026-03-14``, and the first one
    after it. Raises ``BadPeriod``.
    """
    found = _TYPED.fullmatch(typed)
    if found is None or int(found[1]) not in YEARS:
        raise BadPeriod(typed)
    year, month, day = (int(number) if number else 0 for number in found.groups())
    try:
        first = date(year, month if found[2] else 1, day if found[3] else 1)
    except ValueError as problem:
        raise BadPeriod(typed) from problem
    if found[3]:
        return first, first + _DAY
    return first, _next_month(first) if found[2] else _next_year(first)


def terms_between(first: date, last: date) -> Iterator[str]:
    """The fewest terms that entries said from ``first`` to ``last``, both included,
    have one of.
    """
    while first <= last:
        if first.day == first.month == 1 and _next_year(first) <= last + _DAY:
            yield f"y:{first:%Y}"
            first = _next_year(first)
        elif first.day == 1 and _next_month(first) <= last + _DAY:
            yield f"m:{first:%Y-%m}"
            first = _next_month(first)
        else:
            yield f"d:{first:%Y-%m-%d}"
            first += _DAY


def _next_month(first: date) -> date:
    return (first.replace(day=28) + 4 * _DAY).replace(day=1)


def _next_year(first: date) -> date:
    return date(first.year + 1, 1, 1)
