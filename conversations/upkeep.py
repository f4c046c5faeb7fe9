"""What is done in the background whoever talks: one line in the table each.

A piece does a bounded amount of work and says whether there is more to do at once.
Nothing needs to be remembered in between, so several processes may do it, and a process
that dies loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from accounts import audit, data_requests, exporting, facts, replaying, sessions
from accounts.audit import verification
from conversations import forgetting
from conversations.reading import purge_uploads, read_files
from conversations.services import cold, embedding, expiring, indexing, unreadable
from conversations.store import Store

log = logging.getLogger(__name__)
PAUSE = 0.05  # seconds between two pieces: people come first
HOUR = 3_600.0

Piece = Callable[[Store], Awaitable[bool]]
_not_indexed = indexing.Missing()


async def index_missing(store: Store) -> bool:
    """What was there before the index was, or before it had its present form."""
    return bool(await store.chore(_not_indexed.index_some))


async def embed_missing(store: Store) -> bool:
    """What has no vector, or one of another model than the present."""
    return bool(await store.chore(embedding.missing().index_some))


async def expire(store: Store) -> bool:
    """What has been kept long enough."""
    if await store.chore(expiring.expire_some):
        return True
    await store.chore(expiring.trim_audit)
    return False


async def move_cold(store: Store) -> bool:
    """Idle conversations into cold storage; back what was written to there."""
    if await store.chore(cold.freeze_some):
        return True
    return await store.chore(cold.thaw_written)


async def purge_facts(store: Store) -> bool:
    """What was forgotten too long ago to be taken back."""
    await store.chore(facts.purge)
    return False


async def purge_sessions(store: Store) -> bool:
    """Which nobody can use any more."""
    return await store.chore(sessions.purge)


async def checkpoint_audit(store: Store) -> bool:
    """How far the audit log is, told outside the database."""
    await store.chore(audit.checkpoint)
    return False


async def verify_audit(store: Store) -> bool:
    """All of the log once a day, and when an administrator asked for it."""
    return await store.chore(verification.keep_up)


async def carry_out_requests(store: Store) -> bool:
    """Exports and erasures that somebody asked for."""
    return await store.chore(data_requests.Worker(store.runner).advance)


async def replay_erasures(store: Store) -> bool:
    """Who was erased and is here again came back with a backup."""
    return await store.chore(replaying.replay_some)


async def record_unreadable(store: Store) -> bool:
    """Texts that somebody was shown a marker for, each once a day."""
    await store.chore(unreadable.record_some)
    return False


async def forget_erased(store: Store) -> bool:
    """What this process holds in memory of who was erased by another."""
    await store.chore(forgetting.forget_erased)
    return False


async def purge_exports(store: Store) -> bool:
    """Which nobody can download any more."""
    return await store.chore(exporting.purge)


# And after how many seconds it is looked again whether there is anything to do.
UPKEEP: Mapping[Piece, float] = {
    index_missing: 6 * HOUR,  # only an older version leaves something
    read_files: 60.0,
    embed_missing: 60.0,
    purge_uploads: HOUR,
    expire: HOUR,
    move_cold: HOUR,
    purge_facts: HOUR,
    purge_sessions: HOUR,
    carry_out_requests: 1.0,  # somebody waits for it, in whatever process they asked
    replay_erasures: 6 * HOUR,
    forget_erased: 30.0,
    record_unreadable: 60.0,
    purge_exports: 600.0,
    checkpoint_audit: 300.0,
    verify_audit: 30.0,
}


class Upkeep:
    """Does all of the pieces, again and again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wakes: list[asyncio.Event] = []
        self.finished: dict[str, float] = {}  # when each piece was last done

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
            self.finished[piece.__name__] = time.monotonic()
        except Exception:
            log.exception("upkeep: %s failed", piece.__name__)
