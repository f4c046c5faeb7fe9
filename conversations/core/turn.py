"""One turn, from the question to the stored reply. The product's story on one screen.

plan → stream → publish → persist → settle
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import aclosing
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
    ToolUse,
    Usage,
)
from conversations.core.prices import Price
from conversations.core.tokens import count
from conversations.core.tool_loop import CallWatcher, ToolLoop
from conversations.core.tools import ToldCall, ToolResult

log = logging.getLogger(__name__)
STOPPED, INTERRUPTED, FAILED, COMPLETE = "stopped", "interrupted", "failed", "complete"


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a turn that goes on has already: of its reply, and spent on it.

    ``counted``: tokens of the reply that the conversation's total includes.
    ``unsettled``: what a runner that died had used, estimated; its turn is charged for
    it when that ends.
    """

    text: str = ""
    counted: int = 0
    usage: Usage = Usage()
    cost_usd: Decimal = Decimal(0)
    first_token: datetime | None = None
    unsettled: Usage = Usage()


NOTHING = SoFar()


@dataclass(frozen=True, slots=True)
class Briefing:
    """A turn that is ours to run, and what the plan made of it. ``prompt_tokens`` are
    those of the first request, its tools included, ``reply_tokens`` those of the
    longest reply that is reckoned with. ``calls``: those of a turn that goes on.
    """

    turn: UUID
    conversation: UUID
    message: UUID
    parent: UUID | None
    owner: UUID
    request: ModelRequest
    prompt_tokens: int
    so_far: SoFar = NOTHING
    price: Price = Price()  # of the moment it was begun
    reply_tokens: int = 0
    calls: tuple[ToldCall, ...] = ()


@dataclass(slots=True)
class Outcome:
    """How a turn went. What the server did not say of its ``usage`` is estimated."""

    status: str = COMPLETE
    text: str = ""
    html: str | None = None
    usage: Usage = Usage()
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


@dataclass(frozen=True, slots=True)
class Ran:
    """A turn that was run to its end; of one that was refused, only that."""

    settled: Settled
    briefing: Briefing | None = None
    outcome: Outcome | None = None


class TurnStore(Protocol):
    async def begin(self, turn: UUID) -> Briefing | Settled | None:
        """Claim a queued turn, plan its context, store the receipt; None: not ours.
        It is over when the person's budget does not allow it.
        """
        ...

    async def set_aside(self, briefing: Briefing, amount: Decimal) -> None:
        """Before the model is asked again: USD that the whole turn may come to then.

        Raises ``OverBudget``.
        """
        ...

    async def settle(self, briefing: Briefing, outcome: Outcome) -> Settled | None:
        """Store the reply, its usage, cost and status in one transaction.

        None when another runner took the turn for dead and settled it.
        """
        ...

    async def release(self, briefing: Briefing, unsaved: tuple[int, str]) -> None:
        """Leave the turn for the next process: ``unsaved`` is (offset, text)."""
        ...


class Calls(CallWatcher, Protocol):
    """Runs the tools that the model of one turn asks for, and shows that it does."""

    async def run(self, call: ToolUse) -> ToolResult: ...


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
    calls: Callable[[Briefing], Calls],
) -> Ran | None:
    """Answer one message. None when another runner has the turn, or will have it."""
    briefing = await store.begin(turn)
    if not isinstance(briefing, Briefing):
        return Ran(briefing) if briefing else None
    reply = publish(briefing)
    outcome = Outcome(first_token=briefing.so_far.first_token)
    try:
        stream = _stream(briefing, store, model, pacer, calls(briefing), reply, outcome)
        await brake.around(stream)
    except asyncio.CancelledError:
        _uncancel()  # asked to end: what there is must still be stored
        if not brake.stopped:
            reply.cancel_rendering()
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
    return Ran(settled, briefing, outcome) if settled else None


async def _stream(
    briefing: Briefing,
    store: TurnStore,
    model: ChatModel,
    pacer: ReadPacer,
    calls: Calls,
    reply: LiveReply,
    outcome: Outcome,
) -> None:
    said, price, first = briefing.so_far.text, briefing.price, briefing.prompt_tokens

    async def set_aside() -> None:
        prompt = loop.next_prompt(first, count)
        used = briefing.so_far.unsettled + loop.spent(first, count)
        spent = price.cost(used)
        most = spent + price.most(prompt, briefing.reply_tokens)
        await store.set_aside(briefing, most)

    loop = ToolLoop(
        model,
        briefing.request,
        run=calls.run,
        watch=calls,
        said=said,
        again=None if price.is_free else set_aside,
    )
    end = Finished()
    try:
        async with aclosing(loop.events(pacer)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    end = event
                else:
                    _grow(event, reply, outcome)
        _judge(end, reply)
    finally:
        if text := loop.held():
            reply.append(text)
        outcome.usage = end.usage or loop.spent(first, count)


def _grow(event: TextDelta, reply: LiveReply, outcome: Outcome) -> None:
    if outcome.first_token is None:
        outcome.first_token = datetime.now(UTC)
    reply.append(event.text)


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
