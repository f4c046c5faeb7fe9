"""What is done in the background whoever talks: one line in the table each.

A piece does a bounded amount of work and says whether there is more to do at once.
Nothing is remembered in between, so several processes may do it, and a process that
dies loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from accounts import audit, facts
from conversations.reading import purge_uploads, read_files
from conversations.services import embedding, indexing
from conversations.store import Store

log = logging.getLogger(__name__)
PAUSE = 0.05  # seconds between two pieces: people come first
HOUR = 3_600.0

Piece = Callable[[Store], Awaitable[bool]]


async def index_missing(store: Store) -> bool:
    """What was there before the index was, or before it had its present form."""
    return bool(await store.chore(indexing.Missing().index_some))


async def embed_missing(store: Store) -> bool:
    """What has no vector, or one of another model than the present."""
    return bool(await store.chore(embedding.missing().index_some))


async def purge_facts(store: Store) -> bool:
    """What was forgotten too long ago to be taken back."""
    await store.chore(facts.purge)
    return False


async def checkpoint_audit(store: Store) -> bool:
    """How far the audit log is, told outside the database."""
    await store.chore(audit.checkpoint)
    return False


# And after how many seconds it is looked again whether there is anything to do.
UPKEEP: Mapping[Piece, float] = {
    index_missing: 6 * HOUR,  # only an older version leaves something
    read_files: 60.0,
    embed_missing: 60.0,
    purge_uploads: HOUR,
    purge_facts: HOUR,
    checkpoint_audit: 300.0,
}


class Upkeep:
    """Does all of the pieces, again and again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wakes: list[asyncio.Event] = []

    def wake(self) -> None:
        """There is something to do."""
        for wake in self._wakes:
            wake.set()

    async def run(self) -> None:
        """Until it is cancelled. The pieces go on side by side: a file that was just
        uploaded does not wait until an old index is made.
        """
        await asyncio.gather(*(self._keep_up(*line) for line in UPKEEP.items()))

    async def _keep_up(self, piece: Piece, again: float) -> None:
        wake = asyncio.Event()
        self._wakes.append(wake)
        while True:
            wake.clear()
            await self._finish(piece)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), again)

    async def _finish(self, piece: Piece) -> None:
        try:
            while await piece(self._store):
                await asyncio.sleep(PAUSE)
        except Exception:
            log.exception("upkeep: %s failed", piece.__name__)
