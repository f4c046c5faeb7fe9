"""The same frames where WebSockets are blocked: an event stream out, POSTs in.

``GET`` opens a connection; each event's data is a frame, and an event ``close`` tells
the code a socket would have closed with. ``POST`` carries one frame to a connection of
the same session: the one named by ``?connection=`` (the first event names it), else
the latest.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any
from urllib.parse import parse_qs

import orjson

from conversations.connection import READER_TOO_SLOW, Connection
from conversations.core.requests import MAX_FRAME_BYTES
from conversations.doorway import client, is_elsewhere, is_ours, session_key
from conversations.runner import Runner, the_runner

LAST_WORD = 2.0  # seconds a reader has to take it
HEARTBEAT = 20.0  # seconds; proxies end streams that say nothing
_STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def fallback(scope: Any, receive: Any, send: Any) -> None:
    runner = await the_runner()
    if scope["method"] == "GET" and is_elsewhere(scope):
        await _answer(send, 403)
    elif scope["method"] == "GET":
        await _stream(runner, scope, receive, send)
    elif scope["method"] == "POST":
        await _answer(send, await _take(runner, scope, receive))
    else:
        await _answer(send, 405)


class EventStream:
    """One open ``GET``."""

    def __init__(self, runner: Runner, scope: Any, send: Any) -> None:
        self.name = secrets.token_urlsafe(16)
        self.over = asyncio.Event()
        self.is_abandoned = False
        self._send = send
        self.connection = Connection(
            runner,
            session_key(scope),
            self._frame,
            self._close,
            client(scope),
        )

    async def event(self, data: str, name: str = "message") -> None:
        head = "" if name == "message" else f"event: {name}\n"
        await self.write(f"{head}data: {data}\n\n")

    async def write(self, text: str) -> None:
        body = {"type": "http.response.body", "body": text.encode(), "more_body": True}
        await self._send(body)

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self.write(": still here\n\n")

    async def _frame(self, frame: str) -> None:
        await self.event(frame)

    async def _close(self, code: int) -> None:
        if self.over.is_set():
            return
        self.is_abandoned = code == READER_TOO_SLOW  # who does not read cannot be told
        if not self.is_abandoned:
            try:
                async with asyncio.timeout(LAST_WORD):
                    await self.event(orjson.dumps({"code": code}).decode(), "close")
            except TimeoutError:
                self.is_abandoned = True
        self.over.set()


async def _stream(runner: Runner, scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
    stream = EventStream(runner, scope, send)
    await stream.event(orjson.dumps({"connection": stream.name}).decode(), "connection")
    leaving = asyncio.create_task(_until_left(receive))
    try:
        if await stream.connection.open():
            runner.streams[stream.name] = stream
            await _until_over(stream, leaving)
    finally:
        runner.streams.pop(stream.name, None)
        stream.connection.closed()
        leaving.cancel()
        last = {"type": "http.response.body", "body": b""}
        await send(last | {"abort": stream.is_abandoned})


async def _until_over(stream: EventStream, leaving: asyncio.Task[None]) -> None:
    beating = asyncio.create_task(stream.beat())
    over = asyncio.create_task(stream.over.wait())
    try:
        await asyncio.wait((over, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        over.cancel()
        beating.cancel()


async def _until_left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _take(runner: Runner, scope: Any, receive: Any) -> int:
    """Hand a posted frame over; the status to answer."""
    if not is_ours(scope):
        return 403
    stream = _stream_of(runner, scope)
    if stream is None or not await stream.connection.may_use(client(scope)):
        return 409  # open the event stream first
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > 4 * MAX_FRAME_BYTES:
            stream.connection.refuse_large()
            return 413
    try:
        frame = body.decode()
    except UnicodeDecodeError:
        frame = None
    await stream.connection.receive(frame)
    return 204


def _stream_of(runner: Runner, scope: Any) -> EventStream | None:
    """The named stream, or the latest, of the session that asks; nobody else's."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("connection", [""])[0]
    key = session_key(scope)
    for stream in reversed(runner.streams.values()):
        if asked in ("", stream.name) and key and stream.connection.session_key == key:
            return stream
    return None


async def _answer(send: Any, status: int) -> None:
    headers = [(b"cache-control", b"no-store"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
