"""How long a reply said nothing because of a kill, and when that was too long."""

from __future__ import annotations

import time

from benchmarks.crash.exchange import Exchange
from benchmarks.crash.world import Kill, World

PROMISED = 5.0  # seconds
TOO_LATE = "resumed later than 5 s"


def begins(world: World, exchange: Exchange, kill: Kill) -> None:
    """``kill`` took what the reply came from. The latest counts: whoever took the
    reply over after an earlier one had no more time than until this one.
    """
    if exchange.cut_by in (None, kill):
        exchange.cut_by = kill
        return
    _judge(world, exchange, exchange.cut_by, kill.at, f"when killed by {kill.number}")
    exchange.cut_by = kill


def ends(world: World, exchange: Exchange) -> None:
    """The reply grew, or came to its end."""
    kill, exchange.cut_by = exchange.cut_by, None
    if kill is None:
        return
    now = time.monotonic()
    if world.is_alone or exchange.turn in kill.turns:
        world.from_kill.append(now - kill.at)
        if kill.back is not None:
            world.from_start.append(now - kill.back)
    _judge(world, exchange, kill, now, "when it grew")


def _judge(world: World, exchange: Exchange, kill: Kill, now: float, when: str) -> None:
    """One process has to start first; of two, the other is there all the time."""
    since = (kill.back or now) if world.is_alone else kill.at
    if now - since > PROMISED:
        took = f"{now - since:.1f} s after kill {kill.number}"
        world.odd(TOO_LATE, (took, when, exchange.ack, len(exchange.seen)))
