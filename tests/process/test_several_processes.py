"""Two real processes over one PostgreSQL and one Redis, as whoever needs more has it.

Clients know the pages' forms and the socket's contract, and that there are two doors.
"""

from __future__ import annotations

import asyncio
import json
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.process.looking import PATIENCE, QUICK
from tests.process.visitor import Visitor
from tests.process.watcher import Watcher
from tests.product import Product
from tests.servers import postgres, redis

pytestmark = pytest.mark.process

LONG = "Write a long story."  # the demo model answers with 2,200 characters
Pair = tuple[Product, Product]


@pytest.fixture(scope="module")
def started(new_product: Callable[..., Product]) -> Iterator[Pair]:
    """They share keys and databases, and nothing else."""
    with postgres() as databases, redis() as address:
        settings = {"REDIS_URL": address, **databases, **QUICK}
        a = new_product(**settings)
        b = Product(a.var_dir, **settings)
        b.log = a.var_dir / "other.log"
        try:
            a.start()  # alone: it makes the tables
            b.start()
            yield a, b
        finally:
            a.stop(signal.SIGKILL)
            b.stop(signal.SIGKILL)


@pytest.fixture
def pair(started: Pair) -> Pair:
    for product in started:
        if product.process is None:  # the test before ended it
            product.start()
    return started


class Person:
    """Someone with one browser, signed in once, whom either process may serve."""

    def __init__(self, pair: Pair) -> None:
        self.at_a, self.at_b = (Visitor(product.address) for product in pair)
        self.at_a.sign_up(f"{uuid.uuid4().hex}@example.org")
        for cookie in self.at_a.jar:  # a cookie is of a host, whatever its port
            self.at_b.jar.set_cookie(cookie)

    def exported(self, conversation: str) -> list[dict[str, Any]]:
        """All that was said in it, as ``b`` has it."""
        page = self.at_b.get(f"/c/{conversation}/export.json")
        return json.loads(page)["messages"]

    @asynccontextmanager
    async def tabs(self) -> AsyncIterator[tuple[Watcher, Watcher]]:
        """A tab that ``a`` serves and one that ``b`` serves."""
        async with (
            asyncio.timeout(PATIENCE),
            self.at_a.tab() as a,
            self.at_b.tab() as b,
        ):
            try:
                yield Watcher(a), Watcher(b)
            finally:  # gone, as a browser goes: closing waits for frames nobody reads
                for tab in (a, b):
                    tab.wire.transport.abort()


@pytest.fixture
def maya(pair: Pair) -> Person:
    return Person(pair)


async def test_what_one_writes_is_read_at_the_other_exactly(maya):
    async with maya.tabs() as (a, b):
        ack = await a.request("send", text=LONG, model="demo-slow-200")
        await b.watch(ack)
        text = await b.end(ack["turn"])
        assert text == await a.end(ack["turn"])
        assert b.ends == a.ends
        _, reply = maya.exported(ack["conversation"])
        assert (reply["status"], reply["content"]) == ("complete", text)


async def test_a_stop_at_one_ends_what_the_other_writes(maya):
    async with maya.tabs() as (a, b):
        ack = await a.request("send", text=LONG, model="demo-slow-30")
        here, turn = {"conversation": ack["conversation"]}, ack["turn"]
        await b.watch(ack)
        await b.has(turn, 100)
        seen = b.texts[turn]
        await b.tab.send("stop", turn=turn, seen=len(seen))
        assert await a.end(turn) == await b.end(turn) == seen
        assert b.ends == a.ends
        assert b.ends[turn]["status"] == "stopped"
        # the next one is answered: nothing writes here any more
        again = await b.request("send", text="Hello", **here)
        said = await b.end(again["turn"])
        kept = [(m["status"], m["content"]) for m in maya.exported(**here)]
        assert kept[1::2] == [("stopped", seen), ("complete", said)]


async def test_what_is_asked_at_one_waits_for_what_the_other_writes(maya):
    async with maya.tabs() as (a, b):
        first = await a.request("send", text=LONG, model="demo-slow-60")
        here = {"conversation": first["conversation"]}
        await b.watch(first)
        await b.has(first["turn"], 50)
        second = await b.request(
            "send", text="Write a table", model="demo-slow-40", **here
        )
        for tab in (a, b):
            await tab.end(second["turn"])
            assert list(tab.ends) == [first["turn"], second["turn"]]
        assert (a.texts, a.ends) == (b.texts, b.ends)
        kept = [(m["status"], m["content"]) for m in maya.exported(**here)]
        assert kept[1::2] == [("complete", text) for text in b.texts.values()]


async def test_the_sidebar_at_one_knows_what_happens_at_the_other(maya):
    async with maya.tabs() as (a, b):
        ack = await a.request("send", text=LONG, model="demo-slow-30")
        conversation = ack["conversation"]
        await a.has(ack["turn"], 1)  # what is stopped unbegun leaves nothing to read
        await a.tab.send("unwatch", conversation=conversation)
        row = await b.row(conversation, running=True)
        assert row["title"] == LONG
        await b.tab.send("stop", turn=ack["turn"])
        for tab in (a, b):  # nobody watched
            await tab.row(conversation, running=False, unread=True)
        await b.tab.send("watch", conversation=conversation, format="text")
        for tab in (a, b):
            await tab.row(conversation, unread=False)


async def test_second_thoughts_at_one_about_what_the_other_wrote(maya):
    async with maya.tabs() as (a, b):
        first = await a.request("send", text=LONG, model="demo-slow-30")
        here = {"conversation": first["conversation"]}
        await b.watch(first)
        await b.has(first["turn"], 1)
        said, reply = maya.exported(**here)
        refused = await b.request("regenerate", message=reply["id"])
        assert (refused["type"], refused["code"]) == ("error", "busy")
        await b.tab.send("stop", turn=first["turn"])
        await b.end(first["turn"])

        again = await b.request("regenerate", message=reply["id"])
        whole = await b.end(again["turn"])
        *before, other = maya.exported(**here)
        assert [each["id"] for each in before] == [said["id"], reply["id"]]
        assert (other["parent"], other["content"]) == (said["id"], whole)

        edited = await b.request(
            "edit", message=said["id"], text="Write a table", rerun=True
        )
        table = await b.end(edited["turn"])
        *before, said, reply = maya.exported(**here)
        assert len(before) == 3
        assert (said["id"], said["content"]) == (edited["message"], "Write a table")
        assert (reply["parent"], reply["content"]) == (said["id"], table)


async def test_when_one_is_killed_the_other_reads_on_and_writes_on(pair, maya):
    async with maya.tabs() as (a, b):
        whole = await b.end((await b.request("send", text=LONG))["turn"])
        ack = await a.request("send", text=LONG, model="demo-slow-60")
        here, turn = {"conversation": ack["conversation"]}, ack["turn"]
        await b.watch(ack)
        await b.has(turn, 50)
        snapshots = b.snapshots[turn]
        pair[0].stop(signal.SIGKILL)
        assert await b.end(turn) == whole
        assert b.snapshots[turn] > snapshots
        assert b.ends[turn]["status"] == "complete"
        await b.end((await b.request("send", text="Hello", **here))["turn"])
        kept = [(m["status"], m["content"]) for m in maya.exported(**here)]
        assert [status for status, _ in kept[1::2]] == ["complete", "complete"]
        assert kept[1] == ("complete", whole)


async def test_one_that_is_asked_to_end_leaves_its_reply_to_the_other(pair, maya):
    async with maya.tabs() as (a, b):
        whole = await b.end((await b.request("send", text=LONG))["turn"])
        ack = await a.request("send", text=LONG, model="demo-slow-25")
        here, turn = {"conversation": ack["conversation"]}, ack["turn"]
        await b.watch(ack)
        await b.has(turn, 1)
        snapshots = b.snapshots[turn]
        ending = asyncio.create_task(asyncio.to_thread(pair[0].stop))
        assert await b.end(turn) == whole
        assert b.snapshots[turn] > snapshots
        assert await ending == 0
        _, reply = maya.exported(**here)
        assert (reply["status"], reply["content"]) == ("complete", whole)
        for product in pair:
            assert "Traceback" not in product.said()
