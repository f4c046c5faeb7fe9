"""What a client makes of each frame, what it asks, and what the contract forbids."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

from benchmarks.crash import silence
from benchmarks.crash.exchange import Exchange
from benchmarks.crash.world import World
from tests.process.visitor import Tab


class Hearing:
    """The half of a ``Talk`` that listens."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.conversation = ""
        self.exchanges: list[Exchange] = []
        self.moved = False  # came to this server of its own will

    def open(self) -> list[Exchange]:
        return [each for each in self.exchanges if not each.status]

    async def _take(self, tab: Tab, frame: dict[str, Any]) -> None:
        handle = getattr(self, f"_on_{frame['type']}", None)
        if handle is None:
            return
        for exchange in self.exchanges:
            if exchange.concerns(frame):
                return await handle(tab, exchange, frame)
        if frame["type"] == "error":
            self.world.odd("errors", frame)

    async def _on_ack(self, tab: Tab, exchange: Exchange, frame: dict) -> None:
        if frame["id"] == exchange.going_on:
            exchange.going_on = ""
            return
        told = {name: frame[name] for name in ("conversation", "message", "turn")}
        if exchange.ack not in (None, told):
            self.world.odd("changed acknowledgements", (exchange.ack, told))
        exchange.ack, self.conversation = told, told["conversation"]
        await self._watch(tab, exchange)  # sent again, it may be half written by now

    async def _on_snapshot(self, tab: Tab, exchange: Exchange, frame: dict) -> None:
        start, seen = frame["offset"] - len(frame["text"]), exchange.seen
        if (gap := len(seen) - frame["offset"]) > 0:
            self._note_gap(exchange, gap, frame["offset"])
        known = seen[start : frame["offset"]]
        if start > len(seen) or not frame["text"].startswith(known):
            self.world.odd("text that changed", (exchange.ack, frame["offset"]))
        exchange.seen, exchange.asked = seen[:start] + frame["text"], False

    def _note_gap(self, exchange: Exchange, gap: int, kept: int) -> None:
        lost = exchange.milliseconds(gap, self.world.references[exchange.text])
        shown = exchange.forget_beyond(kept)
        if self.moved and exchange.asked:  # another process is a checkpoint behind
            self.world.lost_by_moving_ms.append(lost)
            return
        self.world.lost_ms.append(lost)
        self.world.shown_ms.append(shown)

    async def _on_delta(self, tab: Tab, exchange: Exchange, frame: dict) -> None:
        if frame["offset"] != len(exchange.seen):
            return self._note_hole(exchange, frame)
        exchange.seen += frame["text"]
        exchange.arrivals.append((time.monotonic(), len(exchange.seen)))
        silence.ends(self.world, exchange)

    async def _on_end(self, tab: Tab, exchange: Exchange, frame: dict) -> None:
        if frame["offset"] != len(exchange.seen):
            return self._note_hole(exchange, frame)
        silence.ends(self.world, exchange)
        if frame["status"] != "interrupted":
            exchange.status = frame["status"]
        elif not exchange.going_on:
            self.world.counts["given up after three tries"] += 1
            exchange.going_on = str(uuid.uuid4())
            await self._go_on(tab, exchange)

    def _note_hole(self, exchange: Exchange, frame: dict[str, Any]) -> None:
        """Before the answer to a ``watch`` it is early, and part of that answer."""
        kind = "frames before their snapshot" if exchange.asked else "gaps and overlaps"
        self.world.odd(kind, (frame, len(exchange.seen)))

    async def _on_error(self, tab: Tab, exchange: Exchange, frame: dict) -> None:
        if frame["code"] == "stale_parent" and exchange.going_on:
            exchange.status = "interrupted"  # more was said since: it stays as it is
        elif frame["code"] == "busy" and exchange.going_on:
            exchange.going_on = ""  # it goes on already
        else:
            self.world.odd("errors", frame)
            if exchange.ack is None:
                await asyncio.sleep(0.5)
                await self._send(tab, exchange)

    # --- what it asks
    async def _send(self, tab: Tab, exchange: Exchange) -> None:
        here = {"conversation": self.conversation} if self.conversation else {}
        words = {"text": exchange.text, "model": exchange.model, "format": "text"}
        await tab.send("send", id=exchange.id, **words, **here)
        self.world.just_sent.set()

    async def _watch(self, tab: Tab, exchange: Exchange) -> None:
        where: dict[str, Any] = {"conversation": self.conversation}
        exchange.asked = True
        where |= {"turn": exchange.turn, "offset": len(exchange.seen)}
        await tab.send("watch", **where, format="text")

    async def _go_on(self, tab: Tab, exchange: Exchange) -> None:
        turn = exchange.turn
        await tab.send("continue", id=exchange.going_on, turn=turn, format="text")
