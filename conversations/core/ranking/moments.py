"""Days and months that a question names, in English or as ``2023-05-08``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

_NAMES = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
"""
MONTHS, WEEKDAYS = _NAMES.split()[:12], _NAMES.split()[12:]

_LONG = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS if name != "may")
_MONTH = f"(?P<month>{_LONG}|sept|may)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>\d{4}))?"
_FORMS = (
    re.compile(r"\b(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)\b"),
    re.compile(rf"\b{_DAY}(?: of)? {_MONTH}\b{_YEAR}"),
    re.compile(rf"\b{_MONTH} {_DAY}\b{_YEAR}"),
    re.compile(rf"\b{_MONTH},? (?P<year>\d{{4}})\b"),
    # Alone, "may", "march" and "mar" are other words more often than months.
    re.compile(rf"\b(?:in|of|during|since|until|by|last|this) {_MONTH}\b"),
)
_AGO = re.compile(
    r"\b(?P<many>\d{1,3}|an?|one|two|three) (?P<unit>day|week|month)s? ago"
)
_LAST = re.compile(rf"\b(?:last|on) (?P<weekday>{'|'.join(WEEKDAYS)})\b")
_MANY = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


class Moment(NamedTuple):
    """A day, or a whole month if ``day`` is None; of any year if ``year`` is None."""

    year: int | None
    month: int
    day: int | None = None

    def terms(self, first_year: int, last_year: int) -> list[str]:
        """What the index has of it (``core.terms.day_terms``), within these years."""
        if self.year is not None:
            first_year = last_year = self.year
        years = range(first_year, last_year + 1)
        if self.day is None:
            return [f"m:{year}-{self.month:02}" for year in years]
        return [f"d:{year}-{self.month:02}-{self.day:02}" for year in years]


def moments_in(text: str, today: date) -> list[Moment]:
    """Those that a text names, each once. A year alone is none."""
    text = " ".join(text.lower().split())
    found: dict[Moment, None] = {}
    for form in _FORMS:
        for match in form.finditer(text):
            if moment := _named(match.groupdict()):
                found[moment] = None
        text = form.sub(" ", text)  # what one form has taken is not read again
    return list(found | dict.fromkeys(_relative(text, today)))


def _named(parts: dict[str, str | None]) -> Moment | None:
    if number := parts.get("number"):
        month = int(number)
    else:
        month = _month(parts["month"] or "")
    year, day = (int(parts.get(part) or 0) or None for part in ("year", "day"))
    if not 1 <= month <= 12 or (day or 1) > 31:
        return None
    return Moment(year, month, day)


def _month(word: str) -> int:
    return [name[:3] for name in MONTHS].index(word[:3]) + 1


def _relative(text: str, today: date) -> Iterator[Moment]:
    words = set(re.findall(r"\w+", text))
    if words & {"today", "tonight"} or "this morning" in text:
        yield _day(today)
    if "yesterday" in words or "last night" in text:
        yield _day(today - timedelta(days=1))
    if "last week" in text:
        monday = today - timedelta(days=today.weekday() + 7)
        yield from (_day(monday + timedelta(days=n)) for n in range(7))
    if "last month" in text:
        yield _months_before(today, 1)
    if "this month" in text:
        yield _months_before(today, 0)
    for match in _LAST.finditer(text):
        back = (today.weekday() - WEEKDAYS.index(match["weekday"])) % 7 or 7
        yield _day(today - timedelta(days=back))
    for match in _AGO.finditer(text):
        yield from _ago(match["many"], match["unit"], today)


def _ago(many: str, unit: str, today: date) -> Iterator[Moment]:
    """Who says "three weeks ago" may be a day or two off."""
    number = _MANY.get(many) or int(many)
    if unit == "month":
        yield _months_before(today, number)
    elif unit == "week":
        near = today - timedelta(weeks=number)
        yield from (_day(near + timedelta(days=off)) for off in range(-2, 3))
    else:
        yield _day(today - timedelta(days=number))


def _day(day: date) -> Moment:
    return Moment(day.year, day.month, day.day)


def _months_before(today: date, months: int) -> Moment:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return Moment(year, month + 1)
