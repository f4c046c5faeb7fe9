"""Days of the calendar, in every zone and across every change of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.grouping import group_of

ZONES = [
    "UTC",
    "Europe/Stockholm",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Niue",
    "Australia/Lord_Howe",
]


def key(moment: str, now: str, zone: str = "UTC") -> str:
    tz = ZoneInfo(zone)
    return group_of(
        datetime.fromisoformat(moment).replace(tzinfo=tz),
        datetime.fromisoformat(now).replace(tzinfo=tz),
        tz,
    ).key


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-20T23:59", "today"),
        ("2026-11-20T00:00", "today"),
        ("2026-11-19T23:59", "yesterday"),
        ("2026-11-19T00:00", "yesterday"),
        ("2026-11-18T23:59", "week"),
        ("2026-11-13T00:00", "week"),
        ("2026-11-12T23:59", "month"),
        ("2026-10-21T00:00", "month"),
        ("2026-10-20T23:59", "2026-10"),
        ("2026-01-01T00:00", "2026-01"),
        ("2025-12-31T23:59", "2025"),
        ("1999-01-01T00:00", "1999"),
    ],
)
def test_borders(moment: str, expected: str) -> None:
    assert key(moment, "2026-11-20T12:00") == expected


def test_just_after_midnight_an_hour_ago_was_yesterday() -> None:
    assert key("2026-11-19T23:30", "2026-11-20T00:30") == "yesterday"


def test_at_the_turn_of_the_year_recent_days_stay_recent() -> None:
    now = "2027-01-03T12:00"

    assert key("2027-01-02T12:00", now) == "yesterday"
    assert key("2026-12-31T12:00", now) == "week"
    assert key("2026-12-10T12:00", now) == "month"
    assert key("2026-12-01T12:00", now) == "2026"


def test_labels_are_words() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)

    labels = [
        group_of(now - timedelta(days=days), now, UTC).label
        for days in (0, 1, 2, 8, 31, 62, 700)
    ]

    assert labels == [
        "Today",
        "Yesterday",
        "Previous 7 days",
        "Previous 30 days",
        "October",
        "September",
        "2024",
    ]


def test_a_day_of_25_hours_is_one_day() -> None:
    zone = "Europe/Stockholm"  # the clock went back on 25 October 2026

    assert key("2026-10-25T00:10", "2026-10-25T23:50", zone) == "today"
    assert key("2026-10-24T23:50", "2026-10-25T23:50", zone) == "yesterday"


def test_a_day_of_23_hours_is_one_day() -> None:
    zone = "America/New_York"  # the clock went forward on 8 March 2026

    assert key("2026-03-08T00:10", "2026-03-08T23:50", zone) == "today"
    assert key("2026-03-07T23:50", "2026-03-09T00:10", zone) == "week"


def test_a_clock_ahead_of_ours_is_today() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    for ahead in (timedelta(seconds=1), timedelta(days=1), timedelta(days=400)):
        assert group_of(now + ahead, now, UTC).key == "today"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "today"),
        ("Europe/Stockholm", "today"),
        ("Pacific/Kiritimati", "yesterday"),  # 23:00, now it is 01:00
        ("Pacific/Niue", "yesterday"),  # 22:00, now it is 00:00
    ],
)
def test_the_same_moment_is_another_day_elsewhere(zone: str, expected: str) -> None:
    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)

    group = group_of(moment, moment + timedelta(hours=2), ZoneInfo(zone))

    assert group.key == expected


ORDER = ["today", "yesterday", "week", "month"]


@given(
    now=st.datetimes(
        datetime(2001, 1, 2), datetime(2098, 1, 1), timezones=st.just(UTC)
    ),
    ages=st.lists(st.floats(0, 900), min_size=2, max_size=2),
    zone=st.sampled_from(ZONES),
)
def test_older_never_stands_above_newer(
    now: datetime, ages: list[float], zone: str
) -> None:
    newer, older = (
        group_of(now - timedelta(days=age), now, ZoneInfo(zone)).key
        for age in sorted(ages)
    )

    def rank(group: str) -> tuple[int, str]:
        if group in ORDER:
            return ORDER.index(group), ""
        year, _, month = group.partition("-")
        return 4, f"{9999 - int(year)}-{99 - int(month or 0)}"

    assert rank(newer) <= rank(older)
