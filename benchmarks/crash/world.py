"""What the clients share: where to connect, what is over, what was seen."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.crash.databases import Rows, nothing
from benchmarks.crash.plan import Plan
from tests.product import Product

APART = 0.1  # seconds between two clients that go home


@dataclass(eq=False)
class Kill:
    """``at`` is when the process was gone, ``back`` when the next one answered."""

    at: float
    server: Product | None = None
    number: int = 0
    back: float | None = None
    turns: set[str] = field(default_factory=set)  # that it was writing, where known


@dataclass
class World:
    plan: Plan
    servers: list[Product]
    rows: Rows = nothing
    references: dict[str, str] = field(default_factory=dict)
    finishing: bool = False
    just_sent: asyncio.Event = field(default_factory=asyncio.Event)
    down: Product | None = None
    kill: Kill | None = None  # the latest
    counts: Counter[str] = field(default_factory=Counter)
    lost_ms: list[float] = field(default_factory=list)  # of stream, by its rate
    shown_ms: list[float] = field(default_factory=list)  # that it had been on screen
    lost_by_moving_ms: list[float] = field(default_factory=list)
    from_kill: list[float] = field(default_factory=list)  # seconds, until it grew
    from_start: list[float] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)

    @property
    def is_alone(self) -> bool:
        """One process: when it is killed nobody can take over."""
        return self.plan.processes == 1

    def odd(self, kind: str, what: object) -> None:
        """Something the contract does not allow."""
        self.counts[kind] += 1
        self.oddities.append(f"{kind}: {what}")

    def server_for(self, number: int) -> Product:
        """As a proxy sends a client: to its own server, or to the one that is up."""
        home = self.servers[number % len(self.servers)]
        if home is self.down:
            return self.servers[(number + 1) % len(self.servers)]
        return home

    def calls_home(self, number: int, server: Product) -> bool:
        """The client's own server is up again, and this client's moment has come."""
        if self.kill is None or self.kill.back is None:
            return False
        settled = time.monotonic() > self.kill.back + APART * number
        return settled and self.server_for(number) is not server
