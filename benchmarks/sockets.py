"""Tabs of the product: sockets that send one message and watch the reply.

The protocol itself is the ``websockets`` package's; frames are read where they arrive,
without a queue or a task in between, so that they are not measured late.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any
from urllib.parse import urlsplit

import orjson
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from benchmarks.stamps import Tally, now

READY_WITHIN = 60.0  # seconds


class Tab(asyncio.Protocol):
    """One signed-in socket. ``format``: ``text`` or ``html``."""

    def __init__(self, address: str, cookie: str, format: str, tokens: int) -> None:
        where = urlsplit(address)
        self._host, self._port = where.hostname, where.port
        self._wire = ClientProtocol(
            parse_uri(f"ws://{where.netloc}/ws/"),
            origin=address,
            extensions=[ClientPerMessageDeflateFactory()],  # as browsers offer it
        )
        self._cookie, self._format, self._tokens = cookie, format, tokens
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._over: asyncio.Future[None] = loop.create_future()
        self._length = 0  # characters of the reply so far
        self.tally = Tally()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._host, self._port)
        await asyncio.wait_for(self._ready, READY_WITHIN)

    async def ask(self, model: str, within: float) -> Tally:
        """Send a message and wait for the end of the reply."""
        frame = {"type": "send", "id": str(uuid.uuid4()), "text": "hello"}
        frame |= {"format": self._format, "model": model}
        self.tally.ask()
        self._wire.send_text(orjson.dumps(frame))
        self._flush()
        try:
            await asyncio.wait_for(asyncio.shield(self._over), within)
        except TimeoutError:
            self._fail(f"{len(self.tally.late)} of {self._tokens} tokens in time")
        return self.tally

    def close(self) -> None:
        if self._over.done():
            self._over = asyncio.get_running_loop().create_future()
        self._transport.abort()

    # --- the wire
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        request = self._wire.connect()
        request.headers["Cookie"] = self._cookie
        self._wire.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        at = now()
        self._wire.receive_data(data)
        for event in self._wire.events_received():
            if isinstance(event, Response) and event.status_code != 101:
                self._fail(f"handshake refused: {event.status_code}")
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._frame(orjson.loads(event.data), at)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"closed: {self._wire.close_rcvd or exc}")

    def _flush(self) -> None:
        for data in self._wire.data_to_send():
            if data:
                self._transport.write(data)

    # --- frames
    def _frame(self, frame: dict[str, Any], at: int) -> None:
        match frame["type"]:
            case "delta":
                if frame["offset"] != self._length:
                    self._fail(f"a gap at {self._length}")
                self._length += len(frame["text"])
                self.tally.feed(frame["text"], at)
            case "patch":
                self.tally.feed(frame["html"], at)
            case "ready":
                self._ready.set_result(None)
            case "end":
                self._end(frame)
            case "error":
                self._fail(f"error: {frame['code']}")

    def _end(self, frame: dict[str, Any]) -> None:
        if frame["status"] != "complete":
            self._fail(f"{frame['status']}: {frame['error']}")
        elif self._format == "text" and frame["offset"] != self._length:
            self._fail(f"{self._length} of {frame['offset']} characters")
        elif len(self.tally.late) != self._tokens:
            self._fail(f"{len(self.tally.late)} of {self._tokens} tokens")
        elif not self._over.done():
            self._over.set_result(None)

    def _fail(self, why: str) -> None:
        if not self._over.done():
            self.tally.failure = why
            self._over.set_result(None)
        if not self._ready.done():
            self._ready.set_exception(ConnectionError(why))
