"""Ending tasks that would go on for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

AGAIN = 1.0  # seconds


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel them until all are over. Their errors are nobody's any more.

    Once is not enough: ``asyncio.wait_for`` of Python 3.11 keeps a cancellation to
    itself that comes in the moment its wait is over (python/cpython#86296), and clients
    of Redis and of models wait so. What swallowed it would go round again for ever.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
