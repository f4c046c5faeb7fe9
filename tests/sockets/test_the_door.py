"""Who may open a socket, and what happens to rude ones."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack

import pytest

from accounts.models import Device
from conversations.models import Message
from tests.sockets.conftest import opened, session_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("session", ["", "nonsense", "a" * 32, "\x00", '";x='])
async def test_without_a_session_the_socket_is_closed(runner, session):
    async with opened(session) as socket:
        assert await socket.closed() == 4401


@pytest.mark.parametrize(
    "origin",
    [
        None,
        b"null",
        b"",
        b"http://evil.example",
        b"https://testserver",
        b"http://testserver:8000",
        b"http://testserver.evil.example",
        b"http://sub.testserver",
        b"http://testserver/",
        b"ftp://testserver",
    ],
)
async def test_a_page_of_another_origin_is_refused(runner, alice, origin):
    session = await asyncio.to_thread(session_of, alice)
    async with opened(session, origin) as socket:
        assert await socket.closed() == 4403


async def test_a_trusted_origin_is_ours(runner, alice, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org"]
    session = await asyncio.to_thread(session_of, alice)
    async with opened(session, b"https://chat.example.org") as socket:
        assert (await socket.next())["type"] == "ready"


@pytest.mark.parametrize("how", ["session", "inactive", "password"])
async def test_a_session_that_ended_is_refused_with_its_next_frame(
    tab, alice, how, monkeypatch
):
    monkeypatch.setattr("conversations.connection.RECHECK", 0.0)
    async with tab(alice) as socket:
        if how == "session":
            await Device.objects.all().adelete()
        elif how == "inactive":
            alice.is_active = False
            await alice.asave(update_fields=["is_active"])
        else:
            await asyncio.to_thread(alice.set_password, "another tide, another noon")
            await alice.asave(update_fields=["password"])
        await socket.send("send", text="am I still here?")
        assert await socket.closed() == 4401
    assert await Message.objects.acount() == 0


async def test_a_stranger_finds_nothing_on_any_frame(tab, alice, charlie):
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("mine")
    foreign = {"conversation": ack["conversation"]}
    async with tab(charlie) as socket:
        for type_, fields in [
            ("watch", foreign),
            ("watch", {**foreign, "turn": ack["turn"]}),
            ("send", {**foreign, "text": "hello"}),
            ("send", {**foreign, "text": "hello", "parent": ack["message"]}),
            ("stop", {"turn": ack["turn"], "seen": 0}),
        ]:
            await socket.send(type_, **fields)
            frame = await socket.next()
            assert (frame["type"], frame["code"]) == ("error", "not_found"), type_
        async with tab(alice) as owner:
            await owner.ask("more", **foreign)
        await socket.send("ping")
        await socket.until("pong")
        kinds = {frame["type"] for frame in socket.seen}
        assert kinds == {"ready", "error", "pong"}


@pytest.mark.parametrize(
    "text", ["", "   ", "\n", "\u2003", "x" * 33_000, "😀" * 9_000]
)
async def test_a_message_that_cannot_be_stored_is_refused_with_its_id(tab, alice, text):
    async with tab(alice) as socket:
        request = await socket.send("send", text=text)
        error = await socket.until("error")
        assert error["id"] == request
        assert error["code"] in ("bad_request", "too_long")
        await socket.send("ping")
        await socket.until("pong")


@pytest.mark.parametrize(
    "text",
    ["<|endoftext|>", "\x00\x1b[2J", "مرحبا \u202e", "<b>x</b>", "'; DROP TABLE x"],
)
async def test_odd_text_is_stored_exactly(tab, alice, text):
    async with tab(alice) as socket:
        await socket.ask(text)
    assert (await Message.objects.aget(role="user")).body == text


@pytest.mark.parametrize("frame", ["{", "[]", '{"type":"edit"}', "\x00", "1" * 500])
async def test_rubbish_gets_an_error_and_the_socket_lives(tab, alice, frame):
    async with tab(alice) as socket:
        await socket.wire.send_to(text_data=frame)
        assert (await socket.next())["code"] == "bad_request"
        await socket.send("ping", t=3)
        assert (await socket.next())["t"] == 3


async def test_a_binary_frame_gets_an_error(tab, alice):
    async with tab(alice) as socket:
        await socket.wire.send_to(bytes_data=b"\x00\x01")
        assert (await socket.next())["code"] == "bad_request"


async def test_a_frame_over_64_kib_gets_an_error_and_ends_the_socket(tab, alice):
    async with tab(alice) as socket:
        asked = await socket.send("send", text="x" * 70_000)
        told = await socket.next()
        assert (told["code"], told["id"]) == ("too_long", asked)
        assert await socket.closed() == 4413


async def test_a_flood_is_slowed_down_then_ended(no_time_passes, tab, alice, settings):
    settings.RATE_LIMITS = True
    async with tab(alice) as socket:
        for _ in range(1_000):
            await socket.send("ping")
        assert await socket.closed() == 4429
        errors = [f for f in socket.seen if f["type"] == "error"]
        assert errors[0]["code"] == "rate_limited" and errors[0]["retry_after"] > 0
        pongs = [f for f in socket.seen if f["type"] == "pong"]
        assert len(pongs) == 40


async def test_a_person_has_twenty_sockets_and_no_more(runner, alice, bob):
    session = await asyncio.to_thread(session_of, alice)
    async with AsyncExitStack() as stack:
        for _ in range(20):
            socket = await stack.enter_async_context(opened(session))
            await socket.until("ready")
        one_more = await stack.enter_async_context(opened(session))
        assert await one_more.closed() == 4430
        other = await asyncio.to_thread(session_of, bob)
        socket = await stack.enter_async_context(opened(other))
        await socket.until("ready")
    assert runner.hub.sockets == 0


async def test_a_socket_watches_a_bounded_number_of_conversations(tab, alice, runner):
    async with tab(alice) as socket:
        for _ in range(25):
            await socket.ask("hi")
        assert len(runner.hub._watching) == 20
    assert runner.hub._watching == {}


async def test_a_failed_watch_leaves_nothing_behind(tab, alice, runner):
    async with tab(alice) as socket:
        await socket.send("watch", conversation=str(uuid.uuid4()))
        assert (await socket.until("error"))["code"] == "not_found"
        assert runner.hub._watching == {}
