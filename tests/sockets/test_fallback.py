"""The same talk where WebSockets are blocked: an event stream and POSTs."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import orjson
import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from chatsite.asgi import application
from conversations.models import Message
from tests.sockets.conftest import HOST, ORIGIN, PATIENCE, session_of

pytestmark = pytest.mark.django_db(transaction=True)


def scope(
    method: str,
    session: str,
    query: str = "",
    origin: bytes = ORIGIN,
    more: Iterable[tuple[bytes, bytes]] = (),
) -> dict:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode()
    return {
        "type": "http",
        "method": method,
        "path": "/ws-fallback/",
        "query_string": query.encode(),
        "scheme": "http",
        "headers": [
            (b"host", HOST),
            (b"origin", origin),
            (b"cookie", cookie),
            *more,
        ],
    }


class Stream:
    def __init__(self, wire: ApplicationCommunicator) -> None:
        self.wire = wire
        self.waiting = ""

    async def event(self) -> tuple[str, dict]:
        """The next event's name and data."""
        while "\n\n" not in self.waiting:
            self.waiting += (await self.wire.receive_output(PATIENCE))["body"].decode()
        event, _, self.waiting = self.waiting.partition("\n\n")
        fields = dict(line.split(": ", 1) for line in event.splitlines())
        return fields.get("event", "message"), orjson.loads(fields["data"])

    async def until(self, type_: str) -> dict:
        while True:
            name, frame = await self.event()
            if name == "message" and frame["type"] == type_:
                return frame


@asynccontextmanager
async def streaming(session: str, more: Iterable[tuple[bytes, bytes]] = ()):
    wire = ApplicationCommunicator(application, scope("GET", session, more=more))
    await wire.send_input({"type": "http.request"})
    start = await wire.receive_output(PATIENCE)
    assert dict(start["headers"])[b"content-type"] == b"text/event-stream"
    try:
        yield Stream(wire)
    finally:
        await wire.send_input({"type": "http.disconnect"})
        await wire.wait(PATIENCE)


async def post(
    session: str,
    frame: dict,
    query: str = "",
    origin: bytes = ORIGIN,
    more: Iterable[tuple[bytes, bytes]] = (),
):
    asked = scope("POST", session, query, origin, more)
    wire = ApplicationCommunicator(application, asked)
    await wire.send_input({"type": "http.request", "body": orjson.dumps(frame)})
    return (await wire.receive_output(PATIENCE))["status"]


def message(**fields) -> dict:
    return {"type": "send", "id": str(uuid.uuid4()), "text": "Hello", **fields}


async def test_a_message_is_answered_over_an_event_stream(runner, alice):
    session = await asyncio.to_thread(session_of, alice)
    async with streaming(session) as stream:
        name, opened = await stream.event()
        assert name == "connection"
        assert (await stream.until("ready"))["user"] == str(alice.id)
        query = f"connection={opened['connection']}"
        assert await post(session, message(format="text"), query) == 204
        ack = await stream.until("ack")
        text, offset = "", 0
        while True:
            _, frame = await stream.event()
            if frame["type"] == "delta":
                assert frame["offset"] == len(text)
                text += frame["text"]
            if frame["type"] == "end":
                offset = frame["offset"]
                break
        assert frame["turn"] == ack["turn"] and offset == len(text)
    assert (await Message.objects.aget(role="assistant")).body == text
    assert (runner.streams, runner.hub.sockets) == ({}, 0)


async def test_of_a_frame_that_is_too_large_the_stream_says_so_and_ends(runner, alice):
    session = await asyncio.to_thread(session_of, alice)
    for size, status in ((70_000, 204), (500_000, 413)):
        async with streaming(session) as stream:
            await stream.until("ready")
            assert await post(session, message(text="x" * size)) == status
            assert (await stream.until("error"))["code"] == "too_long"
            assert await stream.event() == ("close", {"code": 4413})


async def test_without_a_session_the_stream_says_so_and_ends(runner):
    async with streaming("nonsense") as stream:
        await stream.event()
        assert await stream.event() == ("close", {"code": 4401})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"origin", b"http://evil.example"),
        (b"origin", b"null"),
        (b"origin", b"http://localhost:9999"),
        (b"sec-fetch-site", b"same-site"),
        (b"sec-fetch-site", b"cross-site"),
    ],
)
async def test_a_page_of_another_origin_opens_no_stream(runner, alice, name, value):
    asked = scope("GET", await asyncio.to_thread(session_of, alice))
    asked["headers"] = [h for h in asked["headers"] if h[0] != b"origin"]
    asked["headers"].append((name, value))
    wire = ApplicationCommunicator(application, asked)
    await wire.send_input({"type": "http.request"})
    assert (await wire.receive_output(PATIENCE))["status"] == 403
    assert (runner.streams, runner.hub.sockets) == ({}, 0)


async def test_nobody_posts_into_anothers_stream(runner, alice, charlie):
    session = await asyncio.to_thread(session_of, alice)
    theirs = await asyncio.to_thread(session_of, charlie)
    async with streaming(session) as stream:
        _, opened = await stream.event()
        await stream.until("ready")
        query = f"connection={opened['connection']}"
        assert await post(theirs, message(), query) == 409
        assert await post("", message(), query) == 409
        assert await post(session, message(), origin=b"http://evil.example") == 403
        assert await post(session, message(), "connection=unknown") == 409
    assert await Message.objects.acount() == 0


async def test_event_streams_count_among_the_twenty_of_a_person(runner, alice):
    session = await asyncio.to_thread(session_of, alice)
    async with AsyncExitStack() as stack:
        for _ in range(20):
            stream = await stack.enter_async_context(streaming(session))
            await stream.until("ready")
        late = await stack.enter_async_context(streaming(session))
        await late.event()
        assert await late.event() == ("close", {"code": 4430})
        assert (len(runner.streams), runner.hub.sockets) == (20, 20)
    assert (runner.streams, runner.hub.sockets) == ({}, 0)


async def test_a_stream_that_is_not_read_is_abandoned(runner, alice):
    """To close it properly would mean to wait for the reader."""
    session = await asyncio.to_thread(session_of, alice)
    sent, taken = [], asyncio.Event()

    async def send(message: dict) -> None:
        sent.append(message)
        if b'"ready"' in message.get("body", b""):
            await taken.wait()  # the reader stopped here

    receive = asyncio.Queue().get
    open_ = asyncio.create_task(application(scope("GET", session), receive, send))
    async with asyncio.timeout(PATIENCE):
        while not sent or b'"ready"' not in sent[-1].get("body", b""):
            await asyncio.sleep(0.01)
    for _ in range(20):
        runner.hub.tell_person(alice.id, "x" * 100_000)
    await asyncio.wait_for(open_, PATIENCE)
    assert sent[-1] == {"type": "http.response.body", "body": b"", "abort": True}
    assert b"close" not in b"".join(message.get("body", b"") for message in sent)
    assert (runner.streams, runner.hub.sockets) == ({}, 0)


async def test_other_methods_are_refused(runner, alice):
    wire = ApplicationCommunicator(application, scope("PUT", ""))
    await wire.send_input({"type": "http.request"})
    assert (await wire.receive_output(PATIENCE))["status"] == 405
