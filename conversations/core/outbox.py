"""Frames on their way to one socket: in order, bounded, never in a turn's way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

LIMIT = 1024 * 1024  # characters waiting; a reader this far behind is dropped


class Outbox:
    """``put`` never waits. When the reader is too slow, ``overflow`` is called once and
    what waits is thrown away: the client resumes later from what it has.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], overflow: Callable[[], None]
    ) -> None:
        self._send, self._overflow = send, overflow
        self._waiting: deque[str] = deque()
        self._size = 0
        self._wake: asyncio.Future[None] | None = None
        self._closed = False

    def put(self, frame: str) -> None:
        if self._closed:
            return
        self._waiting.append(frame)
        self._size += len(frame)
        if self._size > LIMIT:
            self.close()
            self._overflow()
        elif self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def close(self) -> None:
        self._closed = True
        self._waiting.clear()
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def run(self) -> None:
        """Send what is put, until ``close``. An error of the socket ends it."""
        while not self._closed:
            if not self._waiting:
                self._wake = asyncio.get_running_loop().create_future()
                await self._wake
            while self._waiting:
                frame = self._waiting.popleft()
                self._size -= len(frame)
                await self._send(frame)
