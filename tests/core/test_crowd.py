"""What all sockets of a person, and of a network, may do together."""

from __future__ import annotations

import pytest

from conversations.core import rate_limit
from conversations.core.crowd import (
    BURST,
    CONNECTS_AT_ONCE,
    OF_NETWORK,
    OF_PERSON,
    Crowd,
)

HOME, AWAY = "192.0.2.0/24", "198.51.100.0/24"


@pytest.fixture(autouse=True)
def time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rate_limit.TokenBucket.__init__
    monkeypatch.setattr(
        rate_limit.TokenBucket,
        "__init__",
        lambda self, rate, burst: made(self, rate, burst, lambda: 0.0),
    )


def taken(crowd: Crowd, person: str, network: str, tries: int) -> int:
    return sum(not crowd.take(person, network) for _ in range(tries))


def test_a_persons_sockets_share_a_pace() -> None:
    crowd = Crowd(10)

    assert taken(crowd, "alice", HOME, 1_000) == 10 * BURST * OF_PERSON
    assert crowd.take("alice", AWAY) > 0
    assert crowd.take("bob", HOME) == 0


def test_a_network_has_one_too_that_one_person_cannot_use_up() -> None:
    crowd = Crowd(1)
    together = sum(taken(crowd, f"person {n}", HOME, 100) for n in range(60))

    assert together == BURST * OF_NETWORK
    assert OF_NETWORK >= 10 * OF_PERSON
    assert crowd.take("charlie", AWAY) == 0


def test_a_network_connects_so_often() -> None:
    crowd = Crowd(10)

    let_in = sum(not crowd.knock(HOME) for _ in range(600))

    assert let_in == CONNECTS_AT_ONCE
    assert crowd.knock(HOME) > 0 and crowd.knock(AWAY) == 0


def test_who_is_here_is_counted_and_forgotten() -> None:
    crowd = Crowd(10)

    assert [crowd.enter(HOME), crowd.enter(HOME), crowd.enter(AWAY)] == [1, 2, 1]
    assert crowd.connected == 3
    for network in (HOME, HOME, AWAY):
        crowd.leave(network)

    assert crowd.connected == 0 and not crowd._connected
