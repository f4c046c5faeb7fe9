"""One conversation's client: sends, watches, loses its server, comes back."""

from __future__ import annotations

import asyncio
import json
import time

from websockets.exceptions import WebSocketException

from benchmarks.crash import silence
from benchmarks.crash.exchange import Exchange
from benchmarks.crash.hearing import Hearing
from benchmarks.crash.plan import TEXTS
from benchmarks.crash.world import World
from tests.process.visitor import Tab, Visitor
from tests.product import Product

GONE = (OSError, WebSocketException, TimeoutError)  # what a killed server looks like


class Talk(Hearing):
    def __init__(self, world: World, visitor: Visitor, number: int) -> None:
        super().__init__(world)
        self.visitor, self.number = visitor, number
        self.depth = 2 if number % 4 == 3 else 1  # some type ahead

    async def run(self) -> None:
        while True:
            server, since = self.world.server_for(self.number), time.monotonic()
            connected = False
            try:
                async with _door(self.visitor, server.address).tab() as tab:
                    connected = True
                    await self._catch_up(tab)
                    if await self._talk(tab, server):
                        return
                self.moved = True
            except GONE:
                self.moved = False
                if self._was_killed(server, since):
                    self._note_silence()
                elif connected:
                    self.world.counts["connections lost without a kill"] += 1
                await asyncio.sleep(0.1)

    def is_reading(self) -> bool:
        return any(each.seen and not each.cut_by for each in self.open())

    def _was_killed(self, server: Product, since: float) -> bool:
        kill = self.world.kill
        return kill is not None and kill.server is server and kill.at >= since

    def _note_silence(self) -> None:
        """Of two servers, the other may be writing what this one showed: a silence
        that has begun goes on.
        """
        for exchange in self.open():
            if exchange.seen and (self.world.is_alone or exchange.cut_by is None):
                silence.begins(self.world, exchange, self.world.kill)

    async def _catch_up(self, tab: Tab) -> None:
        for exchange in self.open():
            if exchange.ack is None:
                self.world.counts["sent again"] += 1
                await self._send(tab, exchange)
                continue
            if exchange.going_on:
                await self._go_on(tab, exchange)
            await self._watch(tab, exchange)

    async def _talk(self, tab: Tab, server: Product) -> bool:
        """False when its own server is up again: it goes there, in mid-reply."""
        while True:
            await self._say_more(tab)
            if self.world.finishing and not self.open():
                return True
            if self.world.calls_home(self.number, server):
                self.world.counts["moved to the other server"] += 1
                return False
            await self._take(tab, json.loads(await tab.wire.recv()))

    async def _say_more(self, tab: Tab) -> None:
        """The next message, once the one before is acknowledged."""
        waiting, unheard = self.open(), any(not each.ack for each in self.exchanges)
        if self.world.finishing or unheard or len(waiting) >= self.depth:
            return
        at = self.number + len(self.exchanges)
        models = self.world.plan.models
        exchange = Exchange(TEXTS[at % len(TEXTS)], models[at % len(models)])
        self.exchanges.append(exchange)
        await self._send(tab, exchange)


def _door(visitor: Visitor, address: str) -> Visitor:
    """The same person at another server."""
    there = Visitor(address)
    there.jar = visitor.jar
    return there
