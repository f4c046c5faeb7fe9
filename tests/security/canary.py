"""A port of this machine that nobody should come to."""

from __future__ import annotations

import contextlib
import socket
import threading


class Canary:
    """A port of this machine that counts who comes."""

    def __init__(self, server: socket.socket) -> None:
        self.port: int = server.getsockname()[1]
        self.visits = 0
        self._over = threading.Event()
        self._server = server
        server.settimeout(0.05)

    def listen(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                visitor, _ = self._server.accept()
                self.visits += 1
                visitor.close()

    def end(self) -> None:
        self._over.set()
