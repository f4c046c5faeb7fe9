"""Runs turns: the one owner of the tasks that stream replies in this process.

A socket asks for a turn and may go away; the turn goes on. What a turn gains is
checkpointed for all turns together, in one transaction, every ``CHECKPOINT`` seconds.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import uuid
from functools import partial
from typing import Any
from uuid import UUID

from conversations import conf, revoking
from conversations.core import frames
from conversations.core.background import Background
from conversations.core.crowd import Crowd
from conversations.core.ending import end
from conversations.core.hub import HTML, TEXT, Hub
from conversations.core.live_reply import LiveReply
from conversations.core.model_api import ChatModel
from conversations.core.pacing import LoadPacer
from conversations.core.tokens import count
from conversations.core.turn import Brake, Briefing, Outcome, Settled, run_turn
from conversations.doorbell import Doorbell
from conversations.mirroring import LOOK, Mirrors
from conversations.outbound import Outbound
from conversations.providers.demo import DemoModel, start_demo_model
from conversations.revoking import Revoking
from conversations.services import embedding
from conversations.services.acknowledging import Posted
from conversations.services.liveness import TurnView
from conversations.services.turns import Chunk
from conversations.store import Store
from conversations.tasks import AFTERWARDS, Changed, summarise_again, summarise_now
from conversations.tool_calls import LiveCalls
from conversations.upkeep import Upkeep

log = logging.getLogger(__name__)
CHECKPOINT = 0.4  # seconds; at most this much of a reply is lost with the process
TELL = 0.1  # seconds; a sidebar may lag this much behind
RING_AGAIN = 3.0  # seconds; a sidebar elsewhere that missed a change shows it then
REAP = 0.5  # seconds between looks for turns of dead processes
MOVED_KEPT = 1_000  # conversations; far more than move while one is looked up
DRAIN = 10.0  # seconds that running replies get to finish at shutdown


class Runner:
    def __init__(self) -> None:
        self.id = uuid.uuid4()
        self.store = Store(self.id)
        self.hub = Hub()
        self.replies: dict[UUID, LiveReply] = {}
        self.streams: dict[str, Any] = {}  # event streams, where sockets are blocked
        self.draining = self._closed = False
        self.model: ChatModel
        self._pacer = LoadPacer()
        self.mirrors = Mirrors(self.store, self.hub, self._pacer)
        self.mirrors.runs_here = self._runs
        self._brakes: dict[UUID, Brake] = {}
        self._owners: dict[UUID, UUID] = {}
        self._moved: dict[UUID, int] = {}  # conversations, the latest last
        self._moves = 0
        self._turns: set[asyncio.Task[None]] = set()
        self._changed: dict[UUID, UUID | None] = {}
        self._branched: set[UUID] = set()
        self._to_ring: dict[UUID, UUID | None] = {}
        self._to_ring_again: dict[UUID, UUID | None] = {}
        self._doorbell = Doorbell(self.id)
        self.upkeep = Upkeep(self.store)
        self._background = Background()
        self._loops: list[asyncio.Task[None]] = []
        self._demo: DemoModel | None = None
        self.sessions = Revoking(self.store)
        self.crowd = Crowd(conf.frames_per_second())
        self.loop = asyncio.get_running_loop()

    async def open(self) -> None:
        """Connect to the model, take over what dead processes left, begin the loops."""
        if conf.uses_demo_model():
            self._demo = await start_demo_model(count=count)
        url = self._demo.base_url if self._demo else ""
        self.model = Outbound.open(conf.api(), conf.model_server(url), self.store)
        await asyncio.to_thread(embedding.embedder, url)
        await asyncio.to_thread(count, "warm")  # loading a vocabulary takes a while
        await self._reap()
        self._loops = [
            asyncio.create_task(self._every(CHECKPOINT, self._checkpoint)),
            asyncio.create_task(self._every(REAP, self._reap)),
            asyncio.create_task(self._every(TELL, self._tell_changes)),
            asyncio.create_task(self._every(LOOK, self.mirrors.look)),
            asyncio.create_task(self._every(revoking.LOOK, self.sessions.look)),
            asyncio.create_task(self.upkeep.run()),
        ]
        if self._doorbell.is_connected:
            listening = partial(self._doorbell.listen, self._heard)
            self._loops.append(asyncio.create_task(self._every(REAP, listening)))
        self.sessions.listen()
        gc.freeze()  # what start-up made stays; collections need not look at it again

    async def close(self, grace: float = DRAIN) -> None:
        """Let running replies finish for a while, then store what there is of them."""
        if self._closed:
            return
        self.draining = self._closed = True
        if self._turns:
            await asyncio.wait(self._turns, timeout=grace)
        for brake in self._brakes.values():
            brake.pull()
        if self._turns:
            await asyncio.wait(self._turns)
        self.sessions.stop_listening()
        await end(self._loops)
        await self._background.close()
        await self.model.close()
        if self._demo is not None:
            await self._demo.close()
        await asyncio.to_thread(self.store.close)
        await asyncio.to_thread(embedding.close)

    # --- turns
    def start(self, turn: UUID) -> None:
        """Answer a queued turn, unless it is being answered or must wait its turn."""
        if turn in self._brakes or self.draining:
            return
        self._brakes[turn] = Brake()
        task = asyncio.create_task(self._run(turn, self._brakes[turn]))
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    def posted(self, posted: Posted) -> None:
        """What a request changed is stored: tell who watches, and answer it."""
        if posted.ended is not None:
            self._tell_end(posted.ended, TEXT)  # a page sees it gone
        if posted.branched:
            self.branched(posted.conversation)
        elif posted.notice is not None and posted.conversation is not None:
            self.changed(posted.conversation)  # a command may have renamed it
        if posted.compact:
            self.summarise(posted.conversation)
        if posted.turn is None:
            return
        if not posted.repeated:
            self._move(posted.conversation)
            self.hub.tell_watchers(
                posted.conversation,
                frames.encode(
                    "turn",
                    turn=posted.turn,
                    conversation=posted.conversation,
                    message=posted.reply,
                    status="queued",
                    parent=posted.message,
                ),
            )
            self.changed(posted.conversation)
            self.mirrors.expect(posted.turn, posted.conversation)
        self.start(posted.turn)

    def live(self, view: TurnView) -> LiveReply | None:
        """The growing reply of a turn, whichever process writes it."""
        here = self.replies.get(view.turn)
        if here is not None or view.status != "running":
            return here
        if view.turn in self._brakes:  # it begins or ends here at this moment
            return None
        return self.mirrors.up_to(view)

    def moved(self, conversation: UUID) -> int:
        """Another number when a turn of it was queued or ended here in between: what
        was read across that is older than what its watchers were told.
        """
        return self._moved.get(conversation, 0)

    def _move(self, conversation: UUID) -> None:
        self._moves += 1
        self._moved.pop(conversation, None)
        self._moved[conversation] = self._moves
        if len(self._moved) > MOVED_KEPT:
            del self._moved[next(iter(self._moved))]

    def _runs(self, turn: UUID) -> bool:
        """It begins, runs or ends here at this moment."""
        return turn in self._brakes

    def growing(self, conversation: UUID) -> list[LiveReply]:
        """The replies of a conversation that are written or mirrored here now."""
        here = [r for r in self.replies.values() if r.conversation == conversation]
        return here + self.mirrors.growing(conversation)

    async def stop(self, by: UUID, turn: UUID, seen: int | None) -> None:
        """Stop a turn of ``by``'s; raises ``NotFound``. Harmless when it is over."""
        settled = await self.store.request_stop(by, turn, seen)
        if settled is not None:
            self._tell_end(settled)
        elif turn in self._brakes:
            self._brakes[turn].stop(seen)

    async def _run(self, turn: UUID, brake: Brake) -> None:
        ran = None
        try:
            ran = await run_turn(
                turn,
                store=self.store,
                model=self.model,
                pacer=self._pacer,
                brake=brake,
                publish=self._publish,
                calls=self._calls,
            )
        except Exception:  # the database failed us; the reaper settles the turn later
            log.exception("turn %s could not be settled", turn)
        finally:
            self.replies.pop(turn, None)
            self._owners.pop(turn, None)
            del self._brakes[turn]
        if ran is not None:
            self._tell_end(ran.settled)
            if ran.briefing is not None and ran.outcome is not None:
                self._background.add(self._hand_over(ran.briefing, ran.outcome))

    def _publish(self, briefing: Briefing) -> LiveReply:
        reply = LiveReply(
            briefing.turn,
            briefing.conversation,
            briefing.message,
            self.hub,
            self._pacer,
            briefing.so_far.text,
            frames.tools(briefing, briefing.calls),
        )
        self.mirrors.drop(briefing.turn)
        self.replies[briefing.turn] = reply
        self._owners[briefing.turn] = briefing.owner
        self.hub.tell_watchers(
            briefing.conversation,
            frames.turn(briefing, "running"),
        )
        for listener, format in self.hub.formats(briefing.conversation):
            reply.show(listener, format)
        self.changed(briefing.conversation)
        return reply

    def _calls(self, briefing: Briefing) -> LiveCalls:
        return LiveCalls(self.store, self.replies[briefing.turn], briefing)

    def _tell_end(self, settled: Settled, format: str = "") -> None:
        self._move(settled.conversation)
        self.mirrors.told(settled.turn, settled.status, settled.offset)
        self.hub.tell_watchers(settled.conversation, frames.end(settled), format)
        self.changed(settled.conversation)
        if settled.next is not None:
            self.start(settled.next)

    # --- telling a person's tabs
    def changed(self, conversation: UUID, owner: UUID | None = None) -> None:
        """Send the conversation's row to every tab of its owner, soon. ``owner`` is
        needed only when the conversation may be gone.
        """
        self._changed[conversation] = owner
        if self._doorbell.is_connected:
            self._to_ring[conversation] = owner

    def branched(self, conversation: UUID) -> None:
        """Its pages may show what is not its branch any more. To be told soon."""
        self._branched.add(conversation)
        self.changed(conversation)

    def _ring_later(self, changed: dict[UUID, UUID | None]) -> None:
        self._to_ring_again |= changed

    def _heard(self, conversation: UUID, owner: UUID | None) -> None:
        """It changed in another process, and may have grown or branched there."""
        self._branched.add(conversation)
        self._changed[conversation] = owner

    async def _tell_changes(self) -> None:
        """All rows that changed since the last time, read together."""
        to_ring, self._to_ring = self._to_ring, {}
        again, self._to_ring_again = self._to_ring_again, {}
        if to_ring or again:
            await self._doorbell.ring(again | to_ring)
        if to_ring:  # the bell may be missed once
            self.loop.call_later(RING_AGAIN, self._ring_later, to_ring)
        changed, self._changed = self._changed, {}
        branched, self._branched = self._branched, set()
        if not changed:
            return
        try:
            rows = await self.store.sidebar_rows(changed.keys())
        except Exception:  # to be told when the database is back
            self._changed = changed | self._changed
            self._branched |= branched
            raise
        for conversation, owner in changed.items():
            row = rows.get(conversation)
            if row is not None:
                frame = frames.encode("conversation", **row.fields)
                self.hub.tell_person(row.owner, frame)
                if conversation in branched:
                    told = frames.branch(conversation, row.head)
                    self.hub.tell_watchers(conversation, told, HTML)
            elif owner is not None:
                gone = {"conversation": conversation, "deleted": True}
                self.hub.tell_person(owner, frames.encode("conversation", **gone))

    async def _hand_over(self, briefing: Briefing, outcome: Outcome) -> None:
        for task in AFTERWARDS:
            changed = await task(self.store, self.model, briefing, outcome)
            self._show(briefing.conversation, changed)

    def summarise(self, conversation: UUID, *, anew: bool = False) -> None:
        """Its owner asked for it: the tabs are told how it went. ``anew``: the summary
        there is, made again.
        """
        self._background.add(self._summarise(conversation, anew))

    async def _summarise(self, conversation: UUID, anew: bool) -> None:
        row = (await self.store.sidebar_rows({conversation})).get(conversation)
        if row is None:
            return
        make = summarise_again if anew else summarise_now
        made, told = await make(self.store, self.model, conversation)
        if made:
            self._show(conversation, Changed.THREAD)
        notice = frames.encode("notice", conversation=conversation, message=told)
        self.hub.tell_person(row.owner, notice)

    def _show(self, conversation: UUID, changed: Changed) -> None:
        if changed is Changed.THREAD:
            self.branched(conversation)
        elif changed:
            self.changed(conversation)

    # --- loops
    async def _every(self, seconds: float, work: Any) -> None:
        while True:
            try:
                await work()
            except Exception:
                log.exception("%s failed", work)
            await asyncio.sleep(seconds)

    async def _checkpoint(self) -> None:
        replies = dict(self.replies)
        if not replies:
            return
        brakes = {turn: self._brakes[turn] for turn in replies}
        gained = {turn: reply.unsaved() for turn, reply in replies.items()}
        chunks = [
            Chunk(turn, self._owners[turn], offset, text)
            for turn, (offset, text) in gained.items()
            if text
        ]
        done = await self.store.checkpoint(chunks, replies)
        for chunk in chunks:
            replies[chunk.turn].saved_up_to(chunk.offset, chunk.text)
        for turn, seen in done.to_stop.items():
            brakes[turn].stop(seen)
        for turn in done.lost:  # it may be running here again, with another brake
            self.mirrors.expect(turn, replies[turn].conversation)
            brakes[turn].pull()

    async def _reap(self) -> None:
        ended, waiting = await self.store.reap(list(self._brakes))
        for settled in ended:
            self._tell_end(settled)
        for turn in waiting:
            self.start(turn)


_opening: asyncio.Task[Runner] | None = None


async def the_runner() -> Runner:
    """This process's runner; the first call opens it."""
    global _opening
    if _opening is None or _is_of_no_use(_opening):
        _opening = asyncio.create_task(_open())
    return await asyncio.shield(_opening)


def _is_of_no_use(opening: asyncio.Task[Runner]) -> bool:
    """Of another loop, or it failed: what was in its way may be over by now."""
    if opening.get_loop() is not asyncio.get_running_loop():
        return True
    return opening.done() and (opening.cancelled() or bool(opening.exception()))


def running() -> Runner | None:
    """The runner, if this process has opened one."""
    if _opening is not None and _opening.done() and not _opening.cancelled():
        return _opening.result() if _opening.exception() is None else None
    return None


async def _open() -> Runner:
    runner = Runner()
    await runner.open()
    return runner
