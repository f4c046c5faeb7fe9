"""The ASGI server: Daphne, ended gracefully."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import reactor

from chatsite.asgi import application
from conversations.core.requests import MAX_FRAME_BYTES
from conversations.runner import running, the_runner

# above the product's own limit, which answers with a sentence before it closes
LARGEST_FRAME = 4 * MAX_FRAME_BYTES


class Gate:
    """Shut while a socket's reader is behind: Twisted's producer, made awaitable.

    Daphne itself writes on, and a reader that stopped reading costs memory without
    end (django/daphne#170). Behind a shut gate frames wait in the socket's outbox,
    which has a limit.
    """

    def __init__(self, transport: Any) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.pauseProducing = self._open.clear
        self.resumeProducing = self.stopProducing = self._open.set
        self.passed = self._open.wait
        transport.unregisterProducer()  # the HTTP channel's, from before the upgrade
        transport.registerProducer(self, True)


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

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send; a frame waits while the socket's reader is behind."""
        if message["type"] == "websocket.send":
            if not hasattr(protocol, "gate"):
                protocol.gate = Gate(protocol.transport)
            await protocol.gate.passed()
        await super().handle_reply(protocol, message)

    def listen_success(self, port: object) -> None:
        super().listen_success(port)
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
