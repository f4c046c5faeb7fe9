"""Who is connected to this process, from where, and how fast they talk together.

A socket has a pace of its own. All sockets of a person share one, and so do all of a
network; each is worth several of the smaller, so that nobody can use up what others of
the same network talk with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from conversations.core.rate_limit import Buckets

BURST = 4  # seconds' worth that may come at once
OF_PERSON, OF_NETWORK = 3, 60  # sockets that talk as fast as one may
CONNECTS_PER_SECOND, CONNECTS_AT_ONCE = 20, 200  # of a network; a reload takes one


class Crowd:
    def __init__(self, frames_per_second: float) -> None:
        self._connected: Counter[str] = Counter()
        self._connects = Buckets(CONNECTS_PER_SECOND, CONNECTS_AT_ONCE)
        self._people = _paced(frames_per_second * OF_PERSON)
        self._networks = _paced(frames_per_second * OF_NETWORK)

    def knock(self, network: str) -> float:
        """0 when a connection may be opened, else the seconds after which it may."""
        return self._connects.take(network)

    def enter(self, network: str) -> int:
        """Returns how many connections the network now has."""
        self._connected[network] += 1
        return self._connected[network]

    def leave(self, network: str) -> None:
        self._connected[network] -= 1
        if self._connected[network] <= 0:
            del self._connected[network]

    def take(self, person: Hashable, network: str) -> float:
        """0 when a frame may be acted on, else the seconds after which one may."""
        return self._people.take(person) or self._networks.take(network)

    @property
    def connected(self) -> int:
        return self._connected.total()


def _paced(per_second: float) -> Buckets:
    return Buckets(per_second, per_second * BURST)
