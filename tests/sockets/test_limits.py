"""How much one person may ask for at once, by whichever tab."""

from __future__ import annotations

import asyncio
import gc
import uuid
from contextlib import AsyncExitStack
from typing import Any

import pytest

from conversations.connection import Connection
from conversations.models import Message, Turn
from tests.base import make_person
from tests.sockets.conftest import PATIENCE, opened, session_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def on(settings: Any) -> None:
    settings.RATE_LIMITS = True


async def test_messages_are_counted_and_what_is_refused_is_not_stored(
    tab, alice, bob, settings
):
    settings.RATE_MESSAGES = "2/hour"
    async with tab(alice) as socket, tab(bob) as other:
        ack, _, _ = await socket.ask("one")
        await socket.ask("two", conversation=ack["conversation"])
        request = await socket.send("send", text="three")
        error = await socket.until("error")
        assert (error["id"], error["code"]) == (request, "rate_limited")
        assert error["retry_after"] > 3_000
        assert error["message"]
        await other.ask("mine")
    assert await Message.objects.filter(owner_id=alice.pk, role="user").acount() == 2


async def test_what_was_acknowledged_is_acknowledged_again_even_then(
    tab, alice, settings
):
    settings.RATE_MESSAGES = "1/hour"
    async with tab(alice) as socket:
        request = str(uuid.uuid4())
        ack, _, _ = await socket.ask("one", id=request)
        await socket.send("send", id=request, text="one")
        assert await socket.until("ack", id=request) == ack


async def test_so_many_replies_are_written_at_once(tab, alice, bob, settings):
    settings.RATE_LIVE_TURNS = 3
    async with tab(alice) as socket, tab(bob) as other:
        acks = []
        for n in range(3):
            request = await socket.send("send", text=f"{n}", model="demo-hang")
            acks.append(await socket.until("ack", id=request))
        request = await socket.send("send", text="one more", model="demo-hang")
        error = await socket.until("error", id=request)
        assert error["code"] == "busy" and error["retry_after"] > 0
        # what waits behind a reply does not count
        here = {"conversation": acks[0]["conversation"]}
        waits = await socket.send("send", text="later", model="demo-hang", **here)
        await socket.until("ack", id=waits)
        theirs = await other.send("send", text="mine", model="demo-hang")
        await other.until("ack", id=theirs)
        # and a place is free when one is stopped
        await socket.send("stop", turn=acks[1]["turn"], seen=0)
        await socket.until("end", turn=acks[1]["turn"])
        await socket.send("send", id=request, text="one more", model="demo-hang")
        await socket.until("ack", id=request)
    live = Turn.objects.filter(owner_id=alice.pk, status__in=Turn.LIVE)
    assert await live.values("conversation_id").distinct().acount() == 3


async def test_all_tabs_of_a_person_talk_at_one_pace(no_time_passes, tab, alice, bob):
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(tab(alice)) for _ in range(6)]
        other = await stack.enter_async_context(tab(bob))
        for socket in tabs:
            for _ in range(40):  # as fast as one may
                await socket.send("ping")
        for socket in tabs:
            for _ in range(40):
                await socket.next()
        answered = [f["type"] for socket in tabs for f in socket.seen[1:]]
        assert (answered.count("pong"), answered.count("error")) == (120, 120)
        await other.send("ping")
        assert (await other.next())["type"] == "pong"


async def test_a_network_has_so_many_tabs(runner, alice, settings):
    settings.RATE_NETWORK_SOCKETS = 3
    session = await asyncio.to_thread(session_of, alice)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            socket = await stack.enter_async_context(opened(session))
            await socket.until("ready")
        late = await stack.enter_async_context(opened(session))
        assert await late.closed() == 4430
    assert runner.crowd.connected == 0


async def test_600_connects_are_bounded_and_leave_nothing(
    no_time_passes, runner, settings
):
    settings.RATE_NETWORK_SOCKETS = 10_000
    nobodys, codes = "a" * 32, []

    async def connect() -> None:
        async with opened(nobodys) as socket:
            codes.append(await socket.closed())

    for _ in range(6):
        await asyncio.gather(*(connect() for _ in range(100)))
    looked_up = codes.count(4401)
    assert (looked_up, codes.count(4429)) == (200, 400), "most are not even looked up"
    assert runner.crowd.connected == runner.hub.sockets == 0
    del connect
    async with asyncio.timeout(PATIENCE):  # what is called last may hold the last ones
        while _connections() > 2:
            await asyncio.sleep(0.05)


def _connections() -> int:
    gc.collect()
    return sum(isinstance(each, Connection) for each in gc.get_objects())


async def test_2000_frames_are_bounded_and_another_person_is_answered(
    no_time_passes, tab, alice
):
    bob = await asyncio.to_thread(make_person, "Bobby")
    async with tab(bob) as other, tab(alice) as rude:
        for _ in range(2_000):
            await rude.wire.send_to(text_data='{"type":"ping"}')
        await other.ask("Are you there?")
        assert await rude.closed() == 4429
        kinds = [frame["type"] for frame in rude.seen]
        assert kinds.count("pong") == 40
        assert kinds.count("error") < 800, "when it is over nothing more is said"
