"""Which heading of the sidebar a conversation stands under, by calendar day."""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Group:
    """``key`` names it in the page, ``label`` is its heading."""

    key: str
    label: str


PINNED = Group("pinned", "Pinned")
TODAY = Group("today", "Today")
YESTERDAY = Group("yesterday", "Yesterday")
WEEK = Group("week", "Previous 7 days")
MONTH = Group("month", "Previous 30 days")


def group_of(moment: datetime, now: datetime, zone: tzinfo) -> Group:
    """The heading for ``moment`` as somebody in ``zone`` reads it at ``now``.

    Days are days of that zone's calendar, however long: "today" is not the last 24
    hours. What lies ahead of our clock is today's.
    """
    day = moment.astimezone(zone).date()
    today = now.astimezone(zone).date()
    age = (today - day).days
    if age <= 0:
        return TODAY
    if age == 1:
        return YESTERDAY
    if age <= 7:
        return WEEK
    if age <= 30:
        return MONTH
    if day.year == today.year:
        return Group(f"{day:%Y-%m}", month_name[day.month])
    return Group(f"{day.year}", f"{day.year}")
