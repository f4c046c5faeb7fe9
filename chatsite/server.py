"""The ASGI server: Daphne, bounded against slow and rude clients, ended gracefully."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from autobahn.websocket.xormasker import XorMaskerNull
from daphne.endpoints import build_endpoint_description_strings
from daphne.http_protocol import WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor

from chatsite.asgi import application
from chatsite.bodies import ARRIVES_WITHIN, TAKEN_WITHIN, Channel
from conversations import conf
from conversations.connection import FRAME_TOO_LARGE
from conversations.core import frames
from conversations.core.requests import MAX_FRAME_BYTES, TOO_LARGE
from conversations.runner import running, the_runner

# above the product's own limit, which answers with a sentence before it closes
LARGEST_FRAME = 4 * MAX_FRAME_BYTES
UNREAD_FRAMES = 16  # of a socket, beyond which its sender waits
PACE, BURST = 50, 100  # frames of a socket that are read in a second; in one go
LONGEST_WAIT = 5.0  # seconds
READ_AT_ONCE = 8192  # bytes of a socket; others' tokens wait while they are parsed
READ_AND_DROPPED = 65_536  # at once, of a frame that is too large …
MOST_DROPPED = 32_000_000  # … and in all


class Gate:
    """Shut while a connection's reader is behind: Twisted's producer, made awaitable.

    Daphne itself writes on, and a reader that stopped reading costs memory without
    end (django/daphne#170). Behind a shut gate frames wait in the connection's outbox,
    which has a limit.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.pauseProducing = self._open.clear
        self.resumeProducing = self.stopProducing = self._open.set

    async def passed(self) -> bool:
        """Wait until it is open; False when nobody seems to read any more."""
        if not self._open.is_set():
            try:
                await asyncio.wait_for(self._open.wait(), TAKEN_WITHIN)
            except TimeoutError:
                return False
        return True


class Inbox(asyncio.Queue[dict[str, Any]]):
    """What a socket sent and nobody has looked at. While it is full, or came too fast,
    the socket is not read and its sender waits: Daphne reads on, and a flood costs
    memory until it is refused, and others the time to refuse it.
    """

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self._transport = transport
        self._is_paused = False
        self._due = 0.0  # when what came would have come at the pace
        transport.bufferSize = READ_AT_ONCE

    def put_nowait(self, message: dict[str, Any]) -> None:
        super().put_nowait(message)
        self._due = max(self._due, time.monotonic() - BURST / PACE)
        self._due += _weight(message) / PACE
        if not self._is_paused and (self.qsize() > UNREAD_FRAMES or self._wait()):
            self._is_paused = True
            self._transport.pauseProducing()

    async def get(self) -> dict[str, Any]:
        message = await super().get()
        if self._is_paused and self.empty():
            asyncio.get_running_loop().call_later(self._wait(), self._resume)
        return message

    def _wait(self) -> float:
        early = self._due - time.monotonic()
        return min(LONGEST_WAIT, early) if early > 0 and conf.rate_limits() else 0.0

    def _resume(self) -> None:
        if self._is_paused and self.empty():
            self._is_paused = False
            self._transport.resumeProducing()


def _weight(message: dict[str, Any]) -> float:
    """One for a frame, and one for every 16 KiB of it."""
    return 1 + len(message.get("text") or message.get("bytes") or "") / 16_384


class Socket(WebSocketProtocol):
    """Tells its sender of a frame that nobody will look at: Autobahn would cut the
    line. What still comes is read on for a while, and dropped: bytes that lie unread
    when a connection ends take the reason with them.
    """

    _dropped = 0

    def _max_message_size_exceeded(self, size: int, most: int, reason: str) -> None:
        self.failedByMe = True  # nothing of it is kept from now on
        self.transport.bufferSize = READ_AND_DROPPED
        self.closeHandshakeTimeout = LONGEST_WAIT
        told = frames.encode("error", id=None, code="too_long", message=TOO_LARGE)
        self.serverSend(told)
        self.serverClose(FRAME_TOO_LARGE)

    def onMessageFrameBegin(self, length: int) -> None:
        super().onMessageFrameBegin(length)
        if self.failedByMe:
            self.current_frame_masker = XorMaskerNull()
            self.utf8validateIncomingCurrentMessage = False

    def onMessageFrameData(self, payload: bytes) -> None:
        super().onMessageFrameData(payload)
        if self.failedByMe:
            self._dropped += len(payload)
            if self._dropped > MOST_DROPPED:
                self.dropConnection(abort=True)

    def serverSend(self, content: str, binary: bool = False) -> None:
        """Autobahn holds its limit for what comes in against what goes out as well, and
        leaves out a longer message, such as the snapshot of a long reply.
        """
        if self.state == self.STATE_OPEN:
            self.sendFrame(opcode=1, payload=content.encode())


class ProductServer(Server):
    """Daphne with the product's life around it: the runner opens first, and at SIGTERM
    or Ctrl-C running replies get a grace before the sockets close.
    """

    def __init__(self, host: str, port: int, listening: Callable[[], None]) -> None:
        super().__init__(
            application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            signal_handlers=False,
            websocket_max_message_size=LARGEST_FRAME,
            websocket_max_frame_size=LARGEST_FRAME,
            server_name="",
        )
        self._listening = listening
        self._ending: asyncio.Task[None] | None = None
        self.failure = ""

    def run(self) -> None:
        loop = reactor._asyncioEventloop
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.end)
        reactor.callWhenRunning(lambda: loop.create_task(the_runner()))
        super().run()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] != "websocket":
            return super().create_application(protocol, scope)
        inbox = Inbox(protocol.transport)
        send = partial(self.handle_reply, protocol)
        scope["asgi"] = {"version": "3.0"}
        instance = asyncio.ensure_future(self.application(scope, inbox.get, send))
        self.connections[protocol]["application_instance"] = instance
        return inbox

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send; what is streamed waits while its reader is behind, but not for ever."""
        if self._is_gone(protocol):
            return
        if message.get("abort"):  # our own word: ASGI has none for it
            return protocol.transport.abortConnection()
        if message["type"] == "websocket.send" or message.get("more_body"):
            self._build_gate(protocol)
        gate = getattr(protocol, "gate", None)
        if gate is not None and message["type"] != "websocket.close":
            if not await gate.passed():
                return protocol.transport.abortConnection()
            if self._is_gone(protocol):
                return
            if message["type"] == "http.response.body" and not message.get("more_body"):
                protocol.unregisterProducer()
        await super().handle_reply(protocol, message)

    def _is_gone(self, protocol: Any) -> bool:
        return "disconnected" in self.connections.get(protocol, {"disconnected": True})

    def _build_gate(self, protocol: Any) -> None:
        if hasattr(protocol, "gate"):
            return
        protocol.gate = Gate()
        if not isinstance(protocol, WebRequest):
            # the HTTP channel's, from before the upgrade
            protocol.transport.unregisterProducer()
        protocol.registerProducer(protocol.gate, True)

    def listen_success(self, port: object) -> None:
        super().listen_success(port)
        # connections are built from now on; Daphne has no settings for these
        self.http_factory.protocol = Channel
        self.http_factory.timeOut = ARRIVES_WITHIN
        self.ws_factory.protocol = Socket
        self._listening()

    def listen_error(self, failure: object) -> None:
        self.failure = failure.getErrorMessage()
        self.stop()

    def end(self) -> None:
        """Drain, then stop; asked a second time, stop at once."""
        if self._ending is not None:
            self.stop()
            return
        self._ending = asyncio.ensure_future(self._drain())

    async def _drain(self) -> None:
        runner = running()
        if runner is not None:
            await runner.close()
        self.stop()
