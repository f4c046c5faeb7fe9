"""Replies that another process writes, shown here as if they were written here.

The database is what processes share: a mirror is fed from the writer's checkpoints,
every ``LOOK`` seconds and only while somebody here watches. Whatever a message bus
would drop, the text is exact.
"""

from __future__ import annotations

from uuid import UUID

from conversations.core import frames
from conversations.core.hub import Hub
from conversations.core.live_reply import LiveReply
from conversations.core.model_api import ReadPacer
from conversations.services.liveness import TurnView
from conversations.store import Store

LOOK = 0.4  # seconds; no more often than checkpoints are made


class Mirrors:
    def __init__(self, store: Store, hub: Hub, pacer: ReadPacer) -> None:
        self._store, self._hub, self._pacer = store, hub, pacer
        self._replies: dict[UUID, LiveReply] = {}
        self._dropped: set[UUID] = set()  # since the database was last asked

    def get(self, turn: UUID) -> LiveReply | None:
        return self._replies.get(turn)

    def open(self, view: TurnView) -> LiveReply:
        """The mirror of a turn that runs elsewhere, with the text it has by now."""
        reply = LiveReply(
            view.turn,
            view.conversation,
            view.message,
            self._hub,
            self._pacer,
            view.text,
        )
        return self._replies.setdefault(view.turn, reply)

    def drop(self, turn: UUID) -> None:
        """It runs here now, or is over."""
        self._dropped.add(turn)
        if (reply := self._replies.pop(turn, None)) is not None:
            reply.cancel_rendering()

    async def look(self) -> None:
        """Bring every mirror up to date; open and close what began and ended."""
        self._dropped.clear()
        watched = self._hub.watched()
        for turn, reply in list(self._replies.items()):
            if reply.conversation not in watched:
                self.drop(turn)
        if not watched:
            return
        seen = await self._store.look_elsewhere(watched, set(self._replies))
        for view in seen.over:  # first: one runs at a time, also to who watches
            self._end(view)
        for view in seen.running:
            if view.turn not in self._dropped:  # begun here while we looked elsewhere
                self._grow(view)

    def _grow(self, view: TurnView) -> None:
        reply = self._replies.get(view.turn)
        if reply is not None:
            if len(view.text) > reply.length:
                reply.append(view.text[reply.length :])
            return
        reply = self.open(view)
        for listener, format in self._hub.formats(view.conversation):
            listener.deliver(frames.turn(view, "running"))
            reply.show(listener, format)

    def _end(self, view: TurnView) -> None:
        reply = self._replies.get(view.turn)
        if reply is None or view.status in ("queued", "running"):
            return  # it will go on, or was claimed for here at this moment
        if len(view.text) > reply.length:
            reply.append(view.text[reply.length :])
        reply.finish()
        self.drop(view.turn)
        self._hub.tell_watchers(view.conversation, frames.end(view))
