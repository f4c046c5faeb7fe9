"""What is done in the background whoever talks: one line in the table each.

A piece does a bounded amount of work and says whether there is more to do at once.
Nothing is remembered in between, so several processes may do it, and a process that
dies loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from conversations.services import indexing
from conversations.store import Store

log = logging.getLogger(__name__)
PAUSE = 0.05  # seconds between two pieces: people come first
AGAIN = 60.0  # seconds until it is looked again whether there is anything to do

Piece = Callable[[Store], Awaitable[bool]]


async def index_missing(store: Store) -> bool:
    """What was there before the index was, or before it had its present form."""
    return bool(await store.chore(indexing.Missing().index_some))


UPKEEP: tuple[Piece, ...] = (index_missing,)


class Upkeep:
    """Does the pieces one after another, again and again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._wake.clear()
            for piece in UPKEEP:
                await self._finish(piece)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), AGAIN)

    async def _finish(self, piece: Piece) -> None:
        try:
            while await piece(self._store):
                await asyncio.sleep(PAUSE)
        except Exception:
            log.exception("upkeep: %s failed", piece.__name__)
