"""Two runners over one database behave as one, with nothing else between them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Coroutine, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer, channel_layers
from django.utils.timezone import now
from redis.asyncio import Redis

from conversations.doorbell import Doorbell
from conversations.models import Conversation, Message, Turn
from conversations.services import takeover
from tests.servers import redis
from tests.sockets.conftest import PATIENCE
from tests.sockets.scripted_model import hold

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("long_lives"),
]
STORY = "Write a long story."


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis() as address:
        yield address


@pytest.fixture
def doorbell(redis_url: str, settings: Any) -> Iterator[None]:
    """Rings between processes; named before ``runner``, which looks for it once."""
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    config = {"hosts": [redis_url]}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}
    yield
    channel_layers.backends.clear()


class Narrow(InMemoryChannelLayer):
    """Counts what it has no room for. Nobody hears of that otherwise."""

    dropped = 0

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        try:
            await super().send(channel, message)
        except ChannelFull:
            self.dropped += 1
            raise


@pytest.fixture
def narrow(settings: Any) -> Iterator[Narrow]:
    """A doorbell that holds two rings; named before ``runner``."""
    layer = {"BACKEND": f"{__name__}.Narrow", "CONFIG": {"capacity": 2}}
    settings.CHANNEL_LAYERS = {"default": layer}
    yield channel_layers["default"]
    channel_layers.backends.clear()


def flood(*last: Coroutine[Any, Any, None]) -> Awaitable[Any]:
    """A third process rings at once more than a narrow bell holds; ``last`` follows."""
    third = Doorbell(uuid.uuid4())
    return asyncio.gather(*(third.ring({uuid.uuid4(): None}) for _ in range(50)), *last)


async def test_sent_here_watched_there_from_the_beginning(tab_on, runner, other, alice):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        ack, _, _ = await here.ask("first")
        conversation = {"conversation": ack["conversation"]}
        await there.send("watch", **conversation, format="text")
        await there.flush()
        asked = await here.send(
            "send", text=STORY, model="demo-slow-400", **conversation
        )
        turn = (await here.until("ack", id=asked))["turn"]
        text, end = await there.reply(turn)
        assert end == {**(await here.until("end", turn=turn))}
        assert text == (await Message.objects.aget(id=end["message"])).body


async def test_watched_there_from_the_middle_in_html(tab_on, runner, other, alice):
    go_on = hold(runner, 120)
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        asked = await here.send("send", text=STORY)
        ack = await here.until("ack", id=asked)
        while len(here.text_of(ack["turn"])) < 100:
            await here.until("delta")
        await there.send(
            "watch", conversation=ack["conversation"], turn=ack["turn"], format="html"
        )
        await there.until("snapshot", turn=ack["turn"])
        go_on.set()
        await there.until("patch", turn=ack["turn"])
        await there.until("end", turn=ack["turn"], status="complete")
        assert other.mirrors.get(ack["turn"]) is None


async def test_who_writes_there_is_shown_what_grows_here(tab_on, runner, other, alice):
    """Though they never asked to watch: an acknowledgement makes them a watcher."""
    go_on = hold(runner, 120)
    async with (
        tab_on(runner, alice) as here,
        tab_on(other, alice) as there,
        tab_on(other, alice) as silent,
    ):
        asked = await here.send("send", text=STORY)
        ack = await here.until("ack", id=asked)
        where = {"conversation": ack["conversation"]}
        await there.send("watch", **where, format="text")
        await there.until("snapshot", turn=ack["turn"])
        second = await silent.until(
            "ack", id=await silent.send("send", text="next", **where)
        )
        go_on.set()
        await silent.reply(second["turn"])
        mine = [frame for frame in silent.seen if frame.get("turn") == ack["turn"]]
        text, _ = await here.reply(ack["turn"])
    assert (mine[0]["type"], mine[-1]["type"]) == ("snapshot", "end")
    assert silent.text_of(ack["turn"]) == text


async def test_stopped_there(tab_on, runner, other, alice):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        asked = await here.send("send", text=STORY, model="demo-slow-10")
        ack = await here.until("ack", id=asked)
        await here.until("delta")
        await there.send(
            "watch", conversation=ack["conversation"], turn=ack["turn"], format="text"
        )
        await there.until("snapshot")
        await there.send("stop", turn=ack["turn"])
        assert (await here.until("end"))["status"] == "stopped"
        assert (await there.until("end"))["status"] == "stopped"


async def test_when_one_ends_the_other_goes_on(
    tab_on, runner, other, alice, monkeypatch
):
    async with tab_on(other, alice) as there:
        async with tab_on(runner, alice) as here:
            _, whole, _ = await here.ask(STORY)
            hold(runner, 120)
            asked = await here.send("send", text=STORY)
            ack = await here.until("ack", id=asked)
            watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
            await there.send("watch", **watch, format="text")
            await there.until("snapshot", turn=ack["turn"])
            await runner.close(grace=0)
            monkeypatch.setattr(takeover, "STALE", timedelta(0))
        text, end = await there.reply(ack["turn"])
        assert (end["status"], text) == ("complete", whole)
    turn = await Turn.objects.aget(id=ack["turn"])
    assert turn.runner == other.id


async def test_the_sidebar_of_another_process_hears_of_changes(
    doorbell, runner, other, tab_on, alice, bob
):
    async with (
        tab_on(runner, alice) as here,
        tab_on(other, alice) as there,
        tab_on(other, bob) as stranger,
    ):
        ack, _, _ = await here.ask("Hello")
        row = await there.until("conversation", conversation=ack["conversation"])
        assert row["title"]  # the first words, or the model has named it already
        await stranger.send("ping")
        await stranger.until("pong")
        assert {frame["type"] for frame in stranger.seen} == {"ready", "pong"}


async def test_a_bell_that_drops_its_rings_loses_no_text(
    narrow, runner, other, tab_on, alice
):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        ack, _, _ = await here.ask("first")
        conversation = {"conversation": ack["conversation"]}
        await there.send("watch", **conversation, format="text")
        await there.flush()
        asked = await here.send(
            "send", text=STORY, model="demo-slow-400", **conversation
        )
        turn = (await here.until("ack", id=asked))["turn"]
        for length in (100, 600, 1100):
            await flood()
            while len(there.text_of(turn)) < length:
                await there.until("delta")
        assert narrow.dropped > 100
        text, end = await there.reply(turn)
        assert text == (await Message.objects.aget(id=end["message"])).body


async def test_a_row_that_a_dropped_ring_kept_back_comes_with_the_next_change(
    narrow, runner, other, tab_on, alice
):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        ack, _, _ = await here.ask("Hello")
        conversation = UUID(ack["conversation"])
        await there.until("conversation", running=False)
        await Conversation.objects.filter(id=conversation).aupdate(archived_at=now())
        await flood(runner._doorbell.ring({conversation: None}))
        assert narrow.dropped > 0
        runner.changed(conversation)
        await there.until("conversation", archived=True)


async def test_a_stuck_redis_keeps_no_row_from_the_tabs_of_this_process(
    doorbell, redis_url, runner, other, tab_on, alice
):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        async with Redis.from_url(redis_url) as server:
            await server.client_pause(10 * PATIENCE * 1000, all=False)
            try:
                await other._doorbell.ring({uuid.uuid4(): None})
                ack, _, _ = await here.ask("Hello")
                conversation = {"conversation": ack["conversation"]}
                await here.until("conversation", running=False, **conversation)
            finally:
                await server.client_unpause()
        await here.ask("Hello again", **conversation)
        await there.until("conversation", **conversation)


async def test_what_waits_here_and_is_answered_elsewhere_is_told_here(
    runner, other, tab_on, alice, monkeypatch
):
    """It may come and go between two looks."""
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        first = await there.until("ack", id=await there.send("send", text="Hello"))
        _, end = await there.reply(first["turn"])
        monkeypatch.setattr(runner, "start", lambda turn: None)  # it is too busy
        where = {"conversation": first["conversation"]}
        ack = await here.until("ack", id=await here.send("send", text="again", **where))
        other.start(UUID(ack["turn"]))
        text, end = await here.reply(ack["turn"])
    assert text == (await Message.objects.aget(id=end["message"])).body


async def test_a_short_reply_elsewhere_reaches_who_watches_here(
    runner, other, tab_on, alice
):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        first, _, _ = await there.ask("Hello")
        where = {"conversation": first["conversation"]}
        await here.send("watch", **where, format="text")
        await here.flush()
        for _ in range(3):
            again, text, end = await there.ask("Hello again", **where)
            assert await here.reply(again["turn"]) == (text, end)


async def test_what_is_stopped_elsewhere_before_it_began_is_over_here(
    runner, other, tab_on, alice
):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        first = await there.until(
            "ack",
            id=await there.send("send", text=STORY, model="demo-hang"),
        )
        where = {"conversation": first["conversation"]}
        second = await there.until(
            "ack", id=await there.send("send", text="next", **where)
        )
        await here.send("watch", **where, format="text")
        await here.until("turn", turn=second["turn"])
        await there.send("stop", turn=second["turn"])
        end = await here.until("end", turn=second["turn"])
        assert end["status"] == "stopped"
        await there.send("stop", turn=first["turn"])
        await here.until("end", turn=first["turn"])
