"""Replies that another process writes, shown here as if they were written here.

The database is what processes share: a mirror is fed from the writer's checkpoints,
every ``LOOK`` seconds and only while somebody here watches. Whatever a message bus
would drop, the text is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from conversations.core import frames
from conversations.core.hub import Hub
from conversations.core.live_reply import LiveReply
from conversations.core.model_api import ReadPacer
from conversations.services.liveness import TurnView
from conversations.store import Store

LOOK = 0.4  # seconds; no more often than checkpoints are made
TOLD_KEPT = 1_000  # ends; far more than come between two looks


class Mirrors:
    def __init__(self, store: Store, hub: Hub, pacer: ReadPacer) -> None:
        self._store, self._hub, self._pacer = store, hub, pacer
        self._replies: dict[UUID, LiveReply] = {}
        self._expected: dict[UUID, UUID] = {}  # turn that waits: its conversation
        self._active: dict[UUID, datetime] = {}  # conversation: when it last was
        self._untold: set[UUID] = set()  # opened for one watcher; others know nothing
        self._dropped: set[UUID] = set()  # since the database was last asked
        self._told: dict[tuple[UUID, str, int], None] = {}  # ends, the latest last
        self.runs_here: Callable[[UUID], bool] = lambda turn: False

    def get(self, turn: UUID) -> LiveReply | None:
        return self._replies.get(turn)

    def up_to(self, view: TurnView) -> LiveReply:
        """The mirror of a turn that runs elsewhere, with at least the text it has
        here: it may have been read since we last looked. For one watcher; when it is
        new, the others are told at the next look, after what ended before.
        """
        if (reply := self._brought_on(view)) is not None:
            return reply
        self._untold.add(view.turn)
        return self._open(view)

    def growing(self, conversation: UUID) -> list[LiveReply]:
        """The mirrors of a conversation whose changes all who watch it are told."""
        told = self._replies.keys() - self._untold
        mine = (self._replies[turn] for turn in told)
        return [reply for reply in mine if reply.conversation == conversation]

    def expect(self, turn: UUID, conversation: UUID) -> None:
        """It waits, or is lost to another process: its end is told here, even when it
        comes and goes between two looks.
        """
        self._expected[turn] = conversation

    def watch_from(self, conversation: UUID, active: datetime) -> None:
        """Somebody here knows the conversation as it was then; what comes is told."""
        self._active.setdefault(conversation, active)

    def drop(self, turn: UUID) -> None:
        """It runs here now, or is over."""
        self._dropped.add(turn)
        self._untold.discard(turn)
        self._expected.pop(turn, None)
        if (reply := self._replies.pop(turn, None)) is not None:
            reply.cancel_rendering()

    def told(self, turn: UUID, status: str, offset: int) -> None:
        """Who watches here was told its end."""
        self.drop(turn)
        self._told[turn, status, offset] = None
        if len(self._told) > TOLD_KEPT:
            del self._told[next(iter(self._told))]

    async def look(self) -> None:
        """Bring every mirror up to date; open and close what began and ended."""
        self._dropped.clear()
        watched = self._hub.watched()
        self._forget_all_but(watched)
        if not watched:
            return
        seen = await self._store.look_elsewhere(
            {one: self._active.get(one) for one in watched},
            self._replies.keys() | self._expected.keys(),
        )
        self._active |= seen.moved
        for view in seen.over:  # first: one runs at a time, also to who watches
            self._end(view)
        for view in seen.running:
            if view.turn not in self._dropped:  # begun here while we looked elsewhere
                self._grow(view)
        for turn, conversation in seen.waiting.items():
            if turn not in self._dropped and not self.runs_here(turn):
                self.expect(turn, conversation)

    def _forget_all_but(self, watched: set[UUID]) -> None:
        for turn, reply in list(self._replies.items()):
            if reply.conversation not in watched:
                self.drop(turn)
        for turn, conversation in list(self._expected.items()):
            if conversation not in watched:
                del self._expected[turn]
        for conversation in self._active.keys() - watched:
            del self._active[conversation]

    def _grow(self, view: TurnView) -> LiveReply:
        if (reply := self._brought_on(view)) is not None:
            return reply
        self._untold.discard(view.turn)
        reply = self._open(view)
        for listener, format in self._hub.formats(view.conversation):
            listener.deliver(frames.turn(view, "running"))
            reply.show(listener, format)
        return reply

    def _open(self, view: TurnView) -> LiveReply:
        """A new one, unless there is one with more: it was read later."""
        known = self._replies.get(view.turn)
        if known is not None and known.length > len(view.text):
            return known
        self._replies[view.turn] = LiveReply(
            view.turn,
            view.conversation,
            view.message,
            self._hub,
            self._pacer,
            view.text,
            frames.tools(view, view.calls),
        )
        return self._replies[view.turn]

    def _brought_on(self, view: TurnView) -> LiveReply | None:
        """The mirror that all who watch were told of, with what is new; or none."""
        reply = self._replies.get(view.turn)
        if reply is None or view.turn in self._untold:
            return None
        if len(view.text) < reply.length:
            return reply  # it was read before
        for call, frame in frames.tools(view, view.calls).items():
            reply.tell_aside(call, frame)
        if len(view.text) > reply.length:
            reply.append(view.text[reply.length :])
        return reply

    def _end(self, view: TurnView) -> None:
        if view.status in ("queued", "running") or self.runs_here(view.turn):
            return  # it will go on, or was claimed for here at this moment
        if (view.turn, view.status, view.offset) in self._told:
            return
        # it may have begun and ended since we last looked
        self._grow(view).finish()
        self.told(view.turn, view.status, view.offset)
        self._hub.tell_watchers(view.conversation, frames.end(view))
