"""Work beside the turns: a few pieces at once, a bounded number waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from conversations.core.ending import end

log = logging.getLogger(__name__)
AT_ONCE = 4
WAITING = 1_000  # beyond that new work is dropped: a missing title harms nobody


class Background:
    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it when a slot is free. An error is logged and ends only this piece."""
        if len(self._tasks) >= WAITING:
            log.warning("too much background work waiting: one piece dropped")
            work.close()
            return
        task = asyncio.create_task(self._do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        await end(self._tasks.copy())

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._slots:
                await work
        except Exception:
            log.exception("background work failed")
        finally:
            work.close()  # a piece cancelled while it waited never began
