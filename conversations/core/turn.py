"""One turn, from the question to the stored reply. The product's story on one screen.

plan → stream → publish → persist → settle
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from conversations.core.errors import EmptyReply, ReplyCut, TurnError
from conversations.core.live_reply import LiveReply
from conversations.core.model_api import (
    ChatModel,
    Finished,
    ModelRequest,
    ReadPacer,
    TextDelta,
    Usage,
)
from conversations.core.resuming import Joint

log = logging.getLogger(__name__)
STOPPED, INTERRUPTED, FAILED, COMPLETE = "stopped", "interrupted", "failed", "complete"


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a turn that goes on has already: of its reply, and spent on it.

    ``counted``: tokens of the reply that the conversation's total includes.
    """

    text: str = ""
    counted: int = 0
    usage: Usage = Usage()
    cost_usd: Decimal = Decimal(0)
    first_token: datetime | None = None


NOTHING = SoFar()


@dataclass(frozen=True, slots=True)
class Briefing:
    """A turn that is ours to run, and what the plan made of it."""

    turn: UUID
    conversation: UUID
    message: UUID
    parent: UUID | None
    owner: UUID
    request: ModelRequest
    prompt_tokens: int
    so_far: SoFar = NOTHING


@dataclass(slots=True)
class Outcome:
    """How a turn went. ``usage`` of None: the server did not say; it is estimated."""

    status: str = COMPLETE
    text: str = ""
    html: str | None = None
    usage: Usage | None = None
    error: TurnError | None = None
    first_token: datetime | None = None
    seen: bool = False  # somebody was watching when it ended


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn that is over, as stored. ``next`` is the turn queued behind it, if any."""

    turn: UUID
    conversation: UUID
    message: UUID
    owner: UUID
    status: str
    offset: int
    usage: Usage
    cost_usd: Decimal
    error: dict[str, Any] | None
    next: UUID | None = None


class TurnStore(Protocol):
    async def begin(self, turn: UUID) -> Briefing | None:
        """Claim a queued turn, plan its context, store the receipt; None: not ours."""
        ...

    async def settle(self, briefing: Briefing, outcome: Outcome) -> Settled | None:
        """Store the reply, its usage, cost and status in one transaction.

        None when another runner took the turn for dead and settled it.
        """
        ...

    async def release(self, briefing: Briefing, unsaved: tuple[int, str]) -> None:
        """Leave the turn for the next process: ``unsaved`` is (offset, text)."""
        ...


class Brake:
    """Ends a turn's stream, and only the stream: what follows stores the reply."""

    def __init__(self) -> None:
        self.stopped = False  # by a person; otherwise by the server's shutdown
        self.seen: int | None = None  # characters the person saw
        self._pulled = False
        self._streaming: asyncio.Task[object] | None = None

    def stop(self, seen: int | None) -> None:
        """Asked twice, the first time counts."""
        if not self.stopped:
            self.stopped, self.seen = True, seen
            self.pull()

    def pull(self) -> None:
        """End the stream at once; closing it closes the request upstream."""
        if self._streaming is not None and not self._pulled:
            self._streaming.cancel()
        self._pulled = True

    async def around(self, stream: Coroutine[None, None, None]) -> None:
        """Await ``stream``; raises ``CancelledError`` when the brake ends it."""
        if self._pulled:
            stream.close()
            raise asyncio.CancelledError
        self._streaming = asyncio.current_task()
        try:
            await stream
        finally:
            self._streaming = None


async def run_turn(
    turn: UUID,
    *,
    store: TurnStore,
    model: ChatModel,
    pacer: ReadPacer,
    brake: Brake,
    publish: Callable[[Briefing], LiveReply],
) -> tuple[Briefing, Outcome, Settled] | None:
    """Answer one message. None when another runner has the turn, or will have it."""
    briefing = await store.begin(turn)
    if briefing is None:
        return None
    reply = publish(briefing)
    outcome = Outcome(first_token=briefing.so_far.first_token)
    try:
        await brake.around(_stream(briefing, model, pacer, reply, outcome))
    except asyncio.CancelledError:
        _uncancel()  # asked to end: what there is must still be stored
        if not brake.stopped:
            await store.release(briefing, reply.unsaved())
            return None
        outcome.status = STOPPED
    except TurnError as problem:
        outcome.status = INTERRUPTED if reply.length else FAILED
        outcome.error = problem
    except Exception:
        log.exception("turn %s failed", turn)
        outcome.status = INTERRUPTED if reply.length else FAILED
        outcome.error = TurnError("Something went wrong on this server.")
    _conclude(outcome, reply, brake, len(briefing.so_far.text))
    settled = await store.settle(briefing, outcome)
    return (briefing, outcome, settled) if settled else None


async def _stream(
    briefing: Briefing,
    model: ChatModel,
    pacer: ReadPacer,
    reply: LiveReply,
    outcome: Outcome,
) -> None:
    events = model.stream(briefing.request, pacer)
    joint = Joint(briefing.so_far.text)
    try:
        async for event in events:
            if isinstance(event, TextDelta):
                if outcome.first_token is None:
                    outcome.first_token = datetime.now(UTC)
                if text := joint.take(event.text):
                    reply.append(text)
            elif isinstance(event, Finished):
                outcome.usage = event.usage
                _judge(event, reply)
    finally:
        if text := joint.rest():
            reply.append(text)
        await events.aclose()  # type: ignore[attr-defined]


def _judge(event: Finished, reply: LiveReply) -> None:
    """The model says it is done; is that a reply?"""
    if event.reason == "length":
        raise ReplyCut("The model reached the longest reply it may give.")
    if event.reason == "filtered":
        raise ReplyCut("The provider's content filter ended the reply.")
    if not reply.length:
        raise EmptyReply


def _conclude(outcome: Outcome, reply: LiveReply, brake: Brake, had: int) -> None:
    """Fix the text. Of a stopped reply the person keeps what they saw, no more, and
    never less than it had before.
    """
    outcome.text = reply.text
    if brake.stopped and outcome.status != COMPLETE:
        outcome.status, outcome.error = STOPPED, None
        seen = reply.length if brake.seen is None else max(brake.seen, had)
        if seen < reply.length:
            outcome.text = reply.text[:seen]
            reply.cancel_rendering()
    outcome.html = reply.finish()
    outcome.seen = reply.is_watched


def _uncancel() -> None:
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()
