"""Ends the connections of people who are not signed in with them any more.

Every process looks by itself, at all its connections together, so that nothing but the
database need tell it. The process that ended a session looks at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from accounts import sessions
from accounts.sessions import SignedIn
from conversations.store import Store

log = logging.getLogger(__name__)
LOOK = 0.4  # seconds
AGAIN = 0.1  # seconds; whoever changes their password keeps their own session


class Revocable(Protocol):
    """A connection, as far as its session is concerned."""

    def revoke(self) -> None:
        """Let nothing more in or out, and close; never wait and never raise."""
        ...


class Revoking:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[Revocable, SignedIn] = {}
        self._loop = asyncio.get_running_loop()
        self._looking: set[asyncio.Task[None]] = set()
        self._forget: Callable[[], None] = lambda: None

    def join(self, connection: Revocable, signed_in: SignedIn) -> None:
        self._open[connection] = signed_in

    def leave(self, connection: Revocable) -> None:
        self._open.pop(connection, None)

    async def look(self) -> None:
        """One query, or two when there is something to end; none without anybody."""
        if not self._open:
            return
        known = dict(self._open)
        over = await self._store.sessions_over(known.values())
        if not over:
            return
        await asyncio.sleep(AGAIN)
        some = [each for each in known.values() if each.device in over]
        over = await self._store.sessions_over(some)
        for connection, signed_in in known.items():
            if signed_in.device in over and connection in self._open:
                connection.revoke()

    # --- at once
    def listen(self) -> None:
        """Look when a session ends in this process."""
        self._forget = sessions.on_end(self._from_a_thread)

    def stop_listening(self) -> None:
        self._forget()
        self._forget = lambda: None
        for task in self._looking:
            task.cancel()

    def _from_a_thread(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._look_now)

    def _look_now(self) -> None:
        if self._open:
            task = asyncio.create_task(self._look_once())
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def _look_once(self) -> None:
        try:
            await self.look()
        except Exception:  # the next look of the loop is soon
            log.exception("sessions could not be looked up")
