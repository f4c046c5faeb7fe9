"""When a reply does not come to its end: the person knows why, and keeps every word."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError

from conversations import store
from conversations.models import Message, Turn
from conversations.providers import ModelServer, open_model
from conversations.services import takeover, turns
from conversations.services.settling import partial_text
from tests.sockets.conftest import PATIENCE, until
from tests.sockets.scripted_model import hold

pytestmark = pytest.mark.django_db(transaction=True)


async def test_stopping_keeps_what_was_seen_and_closes_the_request(tab, alice, runner):
    async with tab(alice) as socket:
        asked = {"text": "Write a long story.", "model": "demo-slow-10"}
        request = await socket.send("send", **asked)
        turn = (await socket.until("ack", id=request))["turn"]
        while len(socket.text_of(turn)) < 12:
            await socket.until("delta")
        await socket.send("stop", turn=turn, seen=9)
        text, end = await socket.reply(turn)
    assert (end["status"], end["offset"], end["error"]) == ("stopped", 9, None)
    stored = await Message.objects.aget(role="assistant")
    assert stored.body == text and len(text) == 9
    await until(lambda: runner._demo.stats.aborted == 1)


async def test_stopping_with_an_id_is_acknowledged_each_time(tab, alice):
    async with tab(alice) as socket:
        request = await socket.send("send", text="long", model="demo-hang")
        ack = await socket.until("ack", id=request)
        stop = {"id": str(uuid.uuid4()), "turn": ack["turn"], "seen": 0}
        told = []
        for _ in range(2):
            await socket.send("stop", **stop)
            told.append(await socket.until("ack", id=stop["id"]))
        reply = await Message.objects.aget(role="assistant")
    assert told[0] == told[1]
    assert told[0] == {
        "type": "ack",
        "id": stop["id"],
        "conversation": ack["conversation"],
        "message": str(reply.id),
        "turn": ack["turn"],
    }


async def test_stopping_with_an_id_what_is_not_ones_own(tab, alice):
    async with tab(alice) as socket:
        stop = str(uuid.uuid4())
        await socket.send("stop", id=stop, turn=str(uuid.uuid4()))
        assert (await socket.until("error", id=stop))["code"] == "not_found"


async def test_stopping_before_the_first_token(tab, alice, runner):
    async with tab(alice) as socket:
        request = await socket.send("send", text="hello?", model="demo-hang")
        turn = (await socket.until("ack", id=request))["turn"]
        await socket.until("turn", status="running")
        await socket.send("stop", turn=turn, seen=0)
        text, end = await socket.reply(turn)
    assert (text, end["status"]) == ("", "stopped")


async def test_stopping_from_another_tab_that_never_watched(tab, alice, runner):
    hold(runner, 5)
    async with tab(alice) as one, tab(alice) as two:
        request = await one.send("send", text="hello?")
        turn = (await one.until("ack", id=request))["turn"]
        await one.until("delta")
        await two.send("stop", turn=turn)
        assert (await one.until("end"))["status"] == "stopped"


async def test_stopping_a_message_that_still_waits_leaves_the_first_alone(
    tab, alice, runner
):
    go_on = hold(runner, 5)
    async with tab(alice) as socket:
        first = await socket.send("send", text="one")
        ack = await socket.until("ack", id=first)
        second = await socket.send("send", text="2", conversation=ack["conversation"])
        waiting = (await socket.until("ack", id=second))["turn"]
        await socket.send("stop", turn=waiting, seen=0)
        assert (await socket.until("end", turn=waiting))["status"] == "stopped"
        go_on.set()
        assert (await socket.until("end"))["status"] == "complete"


async def test_a_reply_that_cannot_be_stored_for_long_is_gone_on_with_later(
    tab, alice, runner, monkeypatch
):
    """In the same process: no other may be there to take it over."""
    settle, failed = turns.settle, asyncio.Event()
    loop = asyncio.get_running_loop()

    def disk_is_full(*args, **kwargs):
        loop.call_soon_threadsafe(failed.set)
        raise OperationalError("database or disk is full")

    async with tab(alice) as socket:
        _, whole, _ = await socket.ask("Write a long story.")
        monkeypatch.setattr(store, "SETTLE_AGAIN", ())
        monkeypatch.setattr(turns, "settle", disk_is_full)
        asked = await socket.send("send", text="Write a long story.")
        turn = (await socket.until("ack", id=asked))["turn"]
        async with asyncio.timeout(PATIENCE):
            await failed.wait()
        monkeypatch.setattr(turns, "settle", settle)
        monkeypatch.setattr(takeover, "STALE", timedelta(0))
        text, end = await socket.reply(turn)
    assert (end["status"], text) == ("complete", whole)
    assert not await Turn.objects.filter(status__in=Turn.LIVE).aexists()


@pytest.mark.parametrize(
    ("model", "code", "retryable"),
    [
        ("demo-error-401", "auth", False),
        ("demo-error-404", "not_found", False),
        ("demo-error-500", "unavailable", True),
        ("demo-empty", "unavailable", True),
        ("demo-rubbish", "unavailable", True),
    ],
)
async def test_a_model_that_fails_is_one_sentence_in_place(
    tab, alice, model, code, retryable
):
    async with tab(alice) as socket:
        _, text, end = await socket.ask("hello", model=model)
        error = end["error"]
        assert (text, end["status"]) == ("", "failed")
        assert (error["code"], error["retryable"]) == (code, retryable)
        assert error["message"].endswith(".")
        # nothing else breaks: the same tab goes on
        _, text, end = await socket.ask("again", conversation=end["conversation"])
        assert end["status"] == "complete"
    said = Message.objects.filter(role="user").order_by("depth")
    assert [m.body async for m in said] == ["hello", "again"]


async def test_a_reply_that_is_cut_keeps_its_text(tab, alice):
    async with tab(alice) as socket:
        _, text, end = await socket.ask("hello", model="demo-cut-5")
    assert (end["status"], end["error"]["code"]) == ("interrupted", "interrupted")
    assert text and (await Message.objects.aget(role="assistant")).body == text


async def test_a_model_that_hangs_is_a_timeout(tab, alice, runner):
    await runner.model.close()
    hasty = ModelServer(runner._demo.base_url, timeout_s=0.3, max_retries=0)
    runner.model = open_model("responses", hasty)
    async with tab(alice) as socket:
        _, _, end = await socket.ask("hello", model="demo-hang")
    assert (end["status"], end["error"]["code"]) == ("failed", "timeout")


async def test_an_error_of_our_own_is_told_without_its_details(
    tab, alice, runner, monkeypatch
):
    def broken(*args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(runner.model, "stream", broken)
    async with tab(alice) as socket:
        _, _, end = await socket.ask("hello")
    assert end["error"]["message"] == "Something went wrong on this server."


async def test_closing_the_server_leaves_replies_for_the_next_to_go_on_with(
    tab, alice, runner
):
    async with tab(alice) as socket:
        hold(runner, 40)
        request = await socket.send("send", text="Write a long story.")
        turn = (await socket.until("ack", id=request))["turn"]
        await socket.until("delta")
        await runner.close(grace=0)
        seen = socket.text_of(turn)
    stored = await Turn.objects.aget(id=turn)
    assert stored.status == "queued"
    assert (await asyncio.to_thread(partial_text, stored)).startswith(seen)


async def test_a_draining_server_takes_no_new_messages(tab, alice, runner):
    async with tab(alice) as socket:
        runner.draining = True
        request = await socket.send("send", text="too late")
        error = await socket.until("error")
        assert (error["id"], error["code"]) == (request, "busy")
    assert await Message.objects.acount() == 0
