"""Identifiers that sort by time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from chatsite.lib.ids import first_id, uuid7


def test_each_is_greater_than_the_one_before() -> None:
    made = [uuid7() for _ in range(20_000)]

    assert made == sorted(set(made))


def test_version_and_variant_are_those_of_the_standard() -> None:
    made = [uuid7() for _ in range(1_000)]

    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {"specified in RFC 4122"}


def test_they_begin_with_the_milliseconds_of_their_birth() -> None:
    before = time.time_ns() // 1_000_000
    stamp = uuid7().int >> 80
    after = time.time_ns() // 1_000_000

    assert before - 1 <= stamp <= after + 1


def test_they_still_rise_when_the_clock_goes_back(monkeypatch) -> None:
    first = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 0)

    assert first < uuid7() < uuid7()


def test_threads_never_share_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: uuid7(), range(4_000)))

    assert len(set(made)) == 4_000
    assert len({one.int >> 62 for one in made}) == 4_000, "the counters too differ"


def test_the_first_of_a_moment_is_not_greater_than_those_made_then() -> None:
    now = datetime.now(UTC)

    assert first_id(now) <= uuid7()
    assert first_id(now + timedelta(seconds=9)) > uuid7()
    assert first_id(now).version == 7
