"""Counting: who, how often, in which time, and where when Redis is gone."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from accounts import limits
from accounts.limits import LIMITS, give_back, network, parse, spend
from tests.product import ROOT, free_port
from tests.servers import redis


@pytest.fixture(autouse=True)
def on(settings: Any) -> None:
    settings.RATE_LIMITS = True
    settings.RATE_MESSAGES = "3/minute"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Begins at 1,000,000 and goes on when told to."""

    class Clock:
        now = 1_000_000.0

    monkeypatch.setattr("time.time", lambda: Clock.now)
    return Clock


def test_so_many_may_be_and_then_one_waits_for_the_first_to_be_over(clock: Any) -> None:
    assert [spend("messages", "alice") for _ in range(3)] == [0, 0, 0]
    clock.now += 20

    assert spend("messages", "alice") == 40
    clock.now += 39
    assert spend("messages", "alice") == 1
    clock.now += 1.5
    assert spend("messages", "alice") == 0


def test_what_is_refused_does_not_count(clock: Any) -> None:
    for _ in range(50):
        spend("messages", "alice")
    clock.now += 61

    assert spend("messages", "alice") == 0


def test_of_many_only_how_many_is_kept(settings: Any, clock: Any) -> None:
    settings.RATE_MESSAGES = "1000/minute"

    let_through = sum(not spend("messages", "alice") for _ in range(1_500))

    assert let_through == 1_000
    assert not limits._memory.events, "not when each was"
    assert 1 <= spend("messages", "alice") <= 60
    clock.now += 121
    assert spend("messages", "alice") == 0


def test_what_is_over_is_swept_from_memory(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SWEPT_EVERY", 0.0)
    for n in range(100):
        spend("messages", n)
    clock.now += 61

    for _ in range(2):  # one empties, the other throws away
        spend("messages", "alice")
        limits._memory.timer.join()
    spend("messages", "alice")

    assert len(limits._memory.events) == 1


def test_each_counts_for_themselves_and_each_limit_too() -> None:
    for _ in range(3):
        spend("messages", "alice")

    assert spend("messages", "alice") > 0
    assert spend("messages", "bob") == spend("downloads", "alice") == 0


def test_what_was_spent_can_be_given_back() -> None:
    for _ in range(3):
        spend("messages", "alice")

    give_back("messages", "alice")

    assert spend("messages", "alice") == 0


def test_off_is_off(settings: Any) -> None:
    settings.RATE_MESSAGES = "off"
    assert {spend("messages", "alice") for _ in range(9)} == {0}

    settings.RATE_MESSAGES = "1/day"
    settings.RATE_LIMITS = False
    assert {spend("messages", "alice") for _ in range(9)} == {0}


def test_refusals_are_counted_for_whoever_watches() -> None:
    for _ in range(5):
        spend("messages", "alice")

    assert limits.refused == {"messages": 2}


@pytest.mark.parametrize(
    ("given", "amount", "seconds"),
    [
        ("30", 30, 60),
        ("60/minute", 60, 60),
        ("5/15minute", 5, 900),
        ("2/hour", 2, 3600),
        ("1/day", 1, 86_400),
        ("10/second", 10, 1),
    ],
)
def test_rates(given: str, amount: int, seconds: int) -> None:
    rate = parse(given)

    assert rate is not None
    assert (rate.amount, rate.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize(
    "given",
    ["", "0", "0/minute", "-1", "many", "5/fortnight", "5/0minute", "5 / minute"],
)
def test_what_is_no_rate(given: str) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        parse(given)


def test_every_limit_has_a_setting_that_is_a_rate_and_a_person_or_network(
    settings: Any,
) -> None:
    for limit in LIMITS.values():
        assert parse(getattr(settings, limit.setting)) is not None
        assert limit.each in (limits.PERSON, limits.NETWORK, limits.BOTH)


@pytest.mark.parametrize(
    ("ip", "within"),
    [
        ("192.0.2.10", "192.0.2.0/24"),
        ("::ffff:192.0.2.10", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
    ],
)
def test_networks(ip: str, within: str) -> None:
    assert network(ip) == within


def test_the_counters_name_nobody() -> None:
    key = limits.key_of("sign_ins", ("alice@example.org", "192.0.2.0/24"))

    assert "alice" not in key and "192.0.2" not in key


def test_an_odd_name_is_counted_too() -> None:
    assert spend("messages", "half \ud800") == 0


# --- over several processes
HITS = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from django.conf import settings
settings.RATE_LIMITS, settings.REDIS_URL = True, sys.argv[1]
settings.RATE_MESSAGES = "100/minute"
from accounts.limits import spend
print(sum(not spend("messages", "alice") for _ in range(200)))
"""


@pytest.mark.process
def test_four_processes_let_through_no_more_than_one() -> None:
    with redis() as url:
        begun = [
            subprocess.Popen(
                [sys.executable, "-c", HITS, url],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        let_through = [int(each.communicate(timeout=120)[0]) for each in begun]

    assert sum(let_through) == 100


def test_when_redis_does_not_answer_this_process_counts(
    settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"

    with caplog.at_level(logging.WARNING, "accounts.limits"):
        waits = [spend("messages", "alice") for _ in range(5)]

    assert [bool(wait) for wait in waits] == [False, False, False, True, True]
    assert len(caplog.messages) == 1, "it is not asked again at once"
    monkeypatch.setattr(limits, "_down_until", 0.0)
    with caplog.at_level(logging.WARNING, "accounts.limits"):
        give_back("messages", "alice")
    assert len(caplog.messages) == 2


def test_when_it_is_back_it_counts_again(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis() as url:
        settings.REDIS_URL = url
        assert [bool(spend("messages", "alice")) for _ in range(4)] == [0, 0, 0, 1]
        monkeypatch.setattr(limits, "_down_until", float("inf"))
        assert spend("messages", "alice") == 0
        monkeypatch.setattr(limits, "_down_until", 0.0)
        assert spend("messages", "alice") > 0
        limits._redis.cache_clear()
