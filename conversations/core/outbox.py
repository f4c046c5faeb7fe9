"""Frames on their way to one socket: in order, bounded, never in a turn's way."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable

# bytes waiting; a reader this far behind is dropped. With what is written to its
# connection already (64 KiB) it has cost a megabyte.
LIMIT = 960 * 1024
LARGE = LIMIT // 2


class Outbox:
    """``put`` never waits. When the reader is too slow, ``overflow`` is called once and
    what waits is thrown away: the client resumes later from what it has.

    One large frame is free: the snapshot of a very long reply. A reader who is dropped
    for that would come back, ask for it, and be dropped again.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], overflow: Callable[[], None]
    ) -> None:
        self._send, self._overflow = send, overflow
        self._waiting: deque[tuple[str, int]] = deque()  # frames, what they count
        self._size = 0
        self._has_large = False
        self._wake: asyncio.Future[None] | None = None
        self._closed = False

    def put(self, frame: str) -> None:
        if self._closed:
            return
        size = sys.getsizeof(frame)  # not its length: a character has up to four bytes
        if size > LARGE and not self._has_large:
            self._has_large, size = True, 0
        self._waiting.append((frame, size))
        self._size += size
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
                frame, size = self._waiting.popleft()
                self._size -= size
                if size == 0:
                    self._has_large = False
                await self._send(frame)
