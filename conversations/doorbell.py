"""Telling other processes that a conversation changed, through the channel layer.

A doorbell and nothing else: it may be missed, and who rings never waits long. Text
never depends on it (mirrors read the database); a sidebar in another process lags
until its next change. Without ``REDIS_URL`` there is one process, and nobody to tell.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from uuid import UUID

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)
RING_WITHIN = 1.0  # seconds; the rows of this process's own tabs come after it
GROUP = "understory"
Heard = Callable[[UUID, UUID | None], None]


class Doorbell:
    """``name`` is this process's; its own rings are not heard by it."""

    def __init__(self, name: UUID) -> None:
        self._name = str(name)
        self._layer = get_channel_layer()

    @property
    def is_connected(self) -> bool:
        return self._layer is not None

    async def ring(self, changed: Mapping[UUID, UUID | None]) -> None:
        """Conversations that changed, each with its owner if it may be gone."""
        rows = [[str(one), str(owner or "")] for one, owner in changed.items()]
        message = {"type": "changed", "by": self._name, "rows": rows}
        try:
            async with asyncio.timeout(RING_WITHIN):
                await self._layer.group_send(GROUP, message)
        except Exception as problem:  # of whatever carries it: full, gone or stuck
            log.warning("other processes did not hear of a change: %r", problem)

    async def listen(self, heard: Heard) -> None:
        """Call ``heard`` for each change in another process, for ever."""
        channel = await self._layer.new_channel()
        await self._layer.group_add(GROUP, channel)
        while True:
            message = await self._layer.receive(channel)
            if message.get("by") == self._name:
                continue
            for conversation, owner in message.get("rows", ()):
                heard(UUID(conversation), UUID(owner) if owner else None)
