"""Where async meets the database: each method is one use case in a thread of a lane.

SQLite has one writer at a time, so writes queue in one lane instead of fighting for
the lock; readers run beside it. PostgreSQL takes several of both. Planning is mostly
reading and has a lane of its own, and so have heartbeats and the look for sessions that
ended: they wait for nothing that takes long, or a living process would be taken for
dead and a thief for somebody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import OperationalError, connection, connections

from accounts import sessions
from accounts.sessions import Client, SignedIn
from conversations import tools
from conversations.core.learning import Found
from conversations.core.model_api import ModelRequest, ToolUse
from conversations.core.tools import ToolResult
from conversations.core.turn import Briefing, Outcome, Settled
from conversations.services import (
    calling,
    commanding,
    conversations,
    elsewhere,
    learning,
    liveness,
    messages,
    queueing,
    redacting,
    revising,
    spending,
    summarising,
    takeover,
    turns,
)
from conversations.services.acknowledging import Posted
from conversations.services.turns import Checkpointed, Chunk
from conversations.tools.bench import Bench

READING = (0.1, 0.2, *[0.3] * 14)  # seconds, 4.5 in all, that a file may take
SETTLE_AGAIN = (0.1, 0.5, 2.0, *[5.0] * 4)  # seconds; the turn's heart beats on
P = ParamSpec("P")
R = TypeVar("R")


class Store:
    """The database as a turn's runner sees it. ``runner`` names it on its rows."""

    def __init__(self, runner: UUID) -> None:
        self.runner = runner
        embedded = connection.vendor == "sqlite"
        self._keep_open = embedded
        self._writes = ThreadPoolExecutor(1 if embedded else 6, "store-write")
        self._reads = ThreadPoolExecutor(4, "store-read")
        self._plans = ThreadPoolExecutor(2, "store-plan")
        self._beats = ThreadPoolExecutor(1, "store-heartbeat")
        self._looks = ThreadPoolExecutor(1, "store-sessions")
        self._chores = ThreadPoolExecutor(1, "store-chores")

    # --- turns
    async def begin(self, turn: UUID) -> Briefing | Settled | None:
        for wait in READING:
            try:
                return await self._begin(turn, patient=True)
            except turns.StillReading:
                await asyncio.sleep(wait)
        return await self._begin(turn, patient=False)

    async def _begin(self, turn: UUID, *, patient: bool) -> Briefing | Settled | None:
        return await self._in(
            self._plans,
            turns.begin,
            turn,
            runner=self.runner,
            offer=tools.offered,
            patient=patient,
        )

    async def run_tool(
        self, briefing: Briefing, call: ToolUse, offset: int
    ) -> ToolResult:
        """Run a tool, recorded before it runs and when it has answered."""
        owner = briefing.owner
        row = await self._write(calling.open_call, briefing.turn, owner, call, offset)
        bench = Bench(owner, briefing.conversation, briefing.message, self._write)
        result = await tools.toolbox(bench, briefing.request.tools).run(call)
        await self._write(calling.close_call, row, owner, call, result)
        return result

    async def checkpoint(
        self, chunks: Iterable[Chunk], live: Iterable[UUID]
    ) -> Checkpointed:
        return await self._in(
            self._beats, turns.checkpoint, chunks, live, runner=self.runner
        )

    async def set_aside(self, briefing: Briefing, amount: Decimal) -> None:
        await self._write(spending.reserve, briefing.owner, briefing.turn, amount)

    async def settle(self, briefing: Briefing, outcome: Outcome) -> Settled | None:
        """Tries again while the database is busy: what was read must not be lost."""
        for wait in SETTLE_AGAIN:
            try:
                return await self._settle(briefing, outcome)
            except OperationalError:
                await asyncio.sleep(wait)
        return await self._settle(briefing, outcome)

    async def _settle(self, briefing: Briefing, outcome: Outcome) -> Settled | None:
        return await self._write(turns.settle, briefing, outcome, runner=self.runner)

    async def release(self, briefing: Briefing, unsaved: tuple[int, str]) -> None:
        chunk = Chunk(briefing.turn, briefing.owner, *unsaved)
        await self._write(takeover.release, briefing, chunk, runner=self.runner)

    async def request_stop(
        self, by: UUID, turn: UUID, seen: int | None
    ) -> Settled | None:
        return await self._write(turns.request_stop, by=by, turn_id=turn, seen=seen)

    async def place_of(self, by: UUID, turn: UUID) -> dict[str, UUID]:
        return await self._read(turns.place_of, by=by, turn_id=turn)

    async def reap(self, alive: Collection[UUID]) -> tuple[list[Settled], list[UUID]]:
        """Turns of dead runners that ended, and turns for this one to begin. Its own
        are dead that are not ``alive``.
        """
        reaped = await self._write(takeover.reap, runner=self.runner, alive=alive)
        return reaped.ended, [*reaped.again, *await self._read(takeover.waiting)]

    # --- people's requests
    async def post(self, **fields: Any) -> Posted:
        return await self._write(messages.post, **fields)

    async def carry_out(self, **fields: Any) -> Posted:
        return await self._write(commanding.carry_out, **fields)

    async def edit(self, **fields: Any) -> Posted:
        return await self._write(revising.edit, **fields)

    async def regenerate(self, **fields: Any) -> Posted:
        return await self._write(revising.regenerate, **fields)

    async def drop(self, **fields: Any) -> Posted:
        return await self._write(queueing.drop, **fields)

    async def resume(self, **fields: Any) -> Posted:
        return await self._write(revising.resume, **fields)

    async def signed_in_with(self, key: str, client: Client) -> SignedIn | None:
        return await self._read(sessions.signed_in_with, key, client)

    async def is_signed_in(self, known: SignedIn) -> bool:
        return not await self._read(sessions.over, [known])

    async def sessions_over(self, known: Collection[SignedIn]) -> set[UUID]:
        """The devices whose sessions are. Whoever waits for this waits for no other."""
        return await self._in(self._looks, sessions.over, known)

    async def touch_session(self, device: UUID) -> None:
        await self._write(sessions.touch, device)

    async def view_of(
        self, by: UUID, conversation: UUID, turn: UUID | None
    ) -> liveness.View:
        return await self._read(liveness.view, by, conversation, turn)

    async def look_elsewhere(
        self, watched: Mapping[UUID, datetime | None], known: Collection[UUID]
    ) -> elsewhere.Look:
        return await self._read(elsewhere.look, watched, known, runner=self.runner)

    async def mark_read(self, by: UUID, conversation: UUID) -> bool:
        return await self._write(
            conversations.mark_read, by=by, conversation_id=conversation
        )

    async def sidebar_rows(
        self, conversations: Collection[UUID]
    ) -> dict[UUID, liveness.Row]:
        return await self._read(liveness.rows, conversations)

    async def set_model_title(self, conversation: UUID, title: str) -> bool:
        return await self._write(conversations.set_model_title, conversation, title)

    # --- background calls
    async def check_budget(self, owner: UUID, model: str) -> None:
        await self._read(spending.check, owner, model)

    async def charge(self, kind: str, **fields: Any) -> None:
        await self._write(spending.charge, kind, **fields)

    async def summary_due_after(self, turn: UUID) -> summarising.Work | None:
        return await self._read(summarising.due_after, turn)

    async def summary_due_now(self, conversation: UUID) -> summarising.Work | None:
        return await self._read(summarising.due_now, conversation)

    async def summary_due_again(self, conversation: UUID) -> summarising.Work | None:
        return await self._read(summarising.due_again, conversation)

    async def store_summary(self, work: summarising.Work, answer: str) -> bool:
        """Whether it was kept. Raises ``BadSummary``."""
        return await self._write(summarising.store, work, answer) is not None

    async def outgoing(self, request: ModelRequest) -> redacting.Outgoing:
        """What a model is asked, as it may go out."""
        return await self._read(redacting.outgoing, request)

    # --- upkeep
    async def chore(self, work: Callable[[], R]) -> R:
        """A bounded piece of work that nobody waits for, however long it takes."""
        return await self._in(self._chores, work)

    async def learning_due_after(self, turn: UUID) -> learning.Work | None:
        return await self._read(learning.due_after, turn)

    async def learn(self, work: learning.Work, found: Iterable[Found]) -> int:
        """How many facts it changed."""
        return await self._write(learning.keep, work, found)

    def close(self) -> None:
        """Let what is written finish; close the lanes' connections."""
        for lane in (
            self._chores,
            self._plans,
            self._writes,
            self._reads,
            self._beats,
            self._looks,
        ):
            for _ in range(lane._max_workers):
                lane.submit(connections.close_all)
            lane.shutdown(wait=True)

    # --- lanes
    async def _write(
        self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        return await self._in(self._writes, work, *args, **kwargs)

    async def _read(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._in(self._reads, work, *args, **kwargs)

    async def _in(
        self,
        lane: ThreadPoolExecutor,
        work: Callable[P, R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(lane, lambda: self._do(work, args, kwargs))

    def _do(self, work: Callable[..., R], args: Any, kwargs: Any) -> R:
        """Run in a lane's thread. A pooled connection goes back after each piece."""
        try:
            return work(*args, **kwargs)
        finally:
            for used in connections.all(initialized_only=True):
                if not self._keep_open or used.errors_occurred:
                    used.close()
