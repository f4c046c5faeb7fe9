"""Whatever a person's tabs do, in whatever order: the invariants of the socket hold.

Hypothesis draws a list of steps; each example is played by a new person over the whole
application. ``HYPOTHESIS_EXAMPLES=500`` looks longer.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import pytest
from channels.db import database_sync_to_async
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from conversations.core.markdown import render, render_unfinished
from conversations.core.tokens import count
from conversations.models import Conversation, Message, Turn, TurnChunk
from conversations.providers import ModelServer, open_model
from conversations.providers.demo import endpoints, pace
from conversations.providers.demo.steering import Steering
from conversations.runner import Runner
from conversations.services import revising, takeover
from tests import base
from tests.sockets.conftest import PATIENCE, Socket, opened, session_of

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = os.environ.get("HYPOTHESIS_EXAMPLES")
FORMATS = ("text", "text", "html")  # of the tabs
MODELS = ("fast", "slow-200", "slow-200", "cut-3", "error-500", "empty", "hang")
TEXTS = ("Hello", "Write a long answer with a table and a list", "I am Zoë 𝄞 👩‍🚀.")
PAUSES = (0.0, 0.002, 0.02, 0.1)
REFUSALS = {
    "stale_parent": "The conversation has gone on since. Look, then resend.",
    "busy": "This reply is still being written.",
    "bad_request": "That cannot be done with this message.",
}
BEGUN = "It is being answered already."
GONE = "There is no such conversation."  # a message, or its turn, that was dropped


@dataclass(frozen=True)
class Step:
    """``pick`` chooses among what there is, ``how`` among the ways to do it."""

    do: str
    tab: int
    pick: int = 0
    how: int = 0
    model: str = "fast"
    wait: bool = True


@dataclass
class Tab:
    """What a tab holds; its texts outlive its socket, as in a browser."""

    format: str
    socket: Socket | None = None
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)
    texts: dict[str, str] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)  # turn: text at its end
    watching: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)  # turn: status
    running: dict[str, str] = field(default_factory=dict)  # conversation: turn
    pages: dict[str, Page] = field(default_factory=dict)  # turn: its HTML
    rows: dict[str, bool] = field(default_factory=dict)  # conversation: running
    # turns gone on with that it never had a word of; they may be stopped as they wait
    unseen: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """What only holds while a socket is open."""
        self.socket = None
        for known in (self.watching, self.told, self.running, self.pages, self.rows):
            known.clear()

    def take(self, frame: dict[str, Any]) -> None:
        turn, kind = frame.get("turn"), frame["type"]
        if kind == "conversation":
            self.rows[frame["conversation"]] = frame["running"]
        if kind == "turn":
            self.told[turn] = frame["status"]
            if frame["status"] == "running":
                here = self.running.setdefault(frame["conversation"], turn)
                assert here == turn, "two turns of a conversation run at once"
        elif kind == "snapshot":
            self.told[turn] = frame["status"]
            if self.format == "html":
                self.pages[turn] = Page(frame)
            else:
                self._write(turn, frame["offset"] - len(frame["text"]), frame["text"])
        elif kind == "delta":
            assert turn in self.told, "a delta before the snapshot"
            assert frame["offset"] == len(self.texts[turn]), "a gap or an overlap"
            self._write(turn, frame["offset"], frame["text"])
        elif kind == "patch":
            assert turn in self.pages, "a patch before the snapshot"
            self.pages[turn].patch(frame)
        elif kind == "end":
            self._end(frame)

    def _write(self, turn: str, start: int, text: str) -> None:
        self.unseen.discard(turn)
        had = self.texts.get(turn, "")
        assert start <= len(had), "a gap"
        self.texts[turn] = had[:start] + text

    def _end(self, frame: dict[str, Any]) -> None:
        turn = frame["turn"]
        self.told[turn] = frame["status"]
        if self.running.get(frame["conversation"]) == turn:
            del self.running[frame["conversation"]]
        if self.format == "text" and turn not in self.unseen:
            text = self.texts.get(turn, "")[: frame["offset"]]
            assert len(text) == frame["offset"], "the end of a text nobody sent"
            self.texts[turn] = self.ended[turn] = text


class Page:
    """A reply as a browser puts its HTML frames together (docs/page-protocol.md)."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        whole = snapshot["html"].encode("utf-16-le")
        cut = len(whole) - 2 * snapshot["open"]
        self._done, self._open, self._seq = whole[:cut], whole[cut:], snapshot["seq"]

    def patch(self, patch: dict[str, Any]) -> None:
        self._seq += 1
        assert patch["seq"] == self._seq, "a hole between patches"
        if patch["keep"] < 0:
            self._done = self._open = b""
        keep = 2 * max(patch["keep"], 0)
        self._open = self._open[:keep] + patch["html"].encode("utf-16-le")
        cut = 2 * patch["done"]
        self._done, self._open = self._done + self._open[:cut], self._open[cut:]

    @property
    def html(self) -> str:
        return (self._done + self._open).decode("utf-16-le")


class World:
    """One person, their tabs, and what they asked for."""

    def __init__(
        self, runner: Runner, hurry: asyncio.Event, person: User, session: str
    ) -> None:
        self.runner, self.person, self.session = runner, person, session
        self.hurry = hurry
        hurry.clear()
        self.tabs = [Tab(format) for format in FORMATS]
        self.asked: dict[str, dict[str, Any]] = {}
        self.asked_again: set[str] = set()
        self.acks: dict[str, dict[str, Any]] = {}
        self.refused: set[str] = set()
        self.conversations: list[str] = []
        self.turns: dict[str, str] = {}  # turn: conversation
        self.messages: list[str] = []
        self.replies: list[str] = []
        self.dropped: set[str] = (
            set()
        )  # messages that were taken back while they waited
        self.shortened: set[str] = set()  # their conversations

    async def play(self, step: Step) -> None:
        tab = self.tabs[step.tab]
        if tab.socket is None:
            await self.open(tab)
        self.catch_up(tab)
        do: Callable[..., Coroutine[Any, Any, None]] = getattr(self, f"_{step.do}")
        await do(tab, step)

    # --- steps
    async def _send(self, tab: Tab, step: Step) -> None:
        fields: dict[str, Any] = {"model": f"demo-{step.model}"}
        if step.how and (here := _pick(self.conversations, step.pick)):
            fields["conversation"] = here
            if step.how == 2:
                fields["parent"] = str((await _conversation(here)).head_id)
            if step.how == 3:
                fields["parent"] = _pick(self.messages, step.pick)
        text = f"{TEXTS[step.pick % len(TEXTS)]} {len(self.asked)}"
        await self._ask(tab, step, "send", text=text, **fields)

    async def _edit(self, tab: Tab, step: Step) -> None:
        known = self.messages + (self.replies if step.how % 2 else [])
        if message := _pick(known, step.pick):
            fields = {"message": message, "rerun": step.how < 2}
            text = f"{TEXTS[step.pick % len(TEXTS)]} {len(self.asked)}"
            await self._ask(tab, step, "edit", text=text, **fields)

    async def _regenerate(self, tab: Tab, step: Step) -> None:
        if message := _pick(self.replies, step.pick):
            fields = {"message": message, "model": f"demo-{step.model}"}
            await self._ask(tab, step, "regenerate", **fields)

    async def _take_back(self, tab: Tab, step: Step) -> None:
        if message := _pick(self.messages, step.pick):
            await self._ask(tab, step, "drop", message=message)

    async def _continue(self, tab: Tab, step: Step) -> None:
        if turn := _pick(list(self.turns), step.pick):
            for each in self.tabs:
                if turn not in each.texts:
                    each.unseen.add(turn)
            await self._ask(tab, step, "continue", turn=turn)

    async def _again(self, tab: Tab, step: Step) -> None:
        if request := _pick(list(self.asked), step.pick):
            await self._repeat(tab, request, step.wait)

    async def _stop(self, tab: Tab, step: Step) -> None:
        if turn := _pick(list(self.turns), step.pick):
            shown = len(tab.texts.get(turn, ""))
            seen = {"seen": shown * step.how // 3} if step.how else {}
            await tab.socket.send("stop", turn=turn, **seen)

    async def _watch(self, tab: Tab, step: Step) -> None:
        if step.how and (turn := _pick(list(self.turns), step.pick)):
            await self._watch_turn(tab, turn, step.how)
        elif here := _pick(self.conversations, step.pick):
            tab.watching.add(here)
            await tab.socket.send("watch", conversation=here, format=tab.format)

    async def _unwatch(self, tab: Tab, step: Step) -> None:
        if here := _pick(self.conversations, step.pick):
            await tab.socket.send("unwatch", conversation=here)
            await self._flush(tab)
            tab.watching.discard(here)
            tab.running.pop(here, None)
            for turn in [t for t in tab.told if self.turns[t] == here]:
                del tab.told[turn]
                tab.pages.pop(turn, None)

    async def _drop(self, tab: Tab, step: Step) -> None:
        await tab.closing.aclose()
        tab.forget()

    async def _reconnect(self, tab: Tab, step: Step) -> None:
        watched = [turn for turn in tab.told if self.turns[turn] in tab.watching]
        await self._drop(tab, step)
        await self.open(tab)
        for turn in watched:
            await self._watch_turn(tab, turn, step.how)

    async def _branch(self, tab: Tab, step: Step) -> None:
        if message := _pick(self.messages + self.replies, step.pick):
            found = await Message.objects.aget(id=message)
            await database_sync_to_async(revising.show_branch)(
                by=self.person.id,
                conversation_id=found.conversation_id,
                message_id=found.id,
            )

    async def _ping(self, tab: Tab, step: Step) -> None:
        await self._flush(tab)

    async def _pause(self, tab: Tab, step: Step) -> None:
        await asyncio.sleep(PAUSES[step.how])

    # --- talking
    async def open(self, tab: Tab) -> None:
        tab.socket = await tab.closing.enter_async_context(opened(self.session))
        await self._until(tab, lambda frame: frame["type"] == "ready")

    def catch_up(self, tab: Tab) -> None:
        """Take the frames that have come by now."""
        while tab.socket and not tab.socket.wire.output_queue.empty():
            self._take(tab, tab.socket.wire.output_queue.get_nowait())

    async def _until(self, tab: Tab, wanted: Callable[[dict], bool]) -> None:
        while not wanted(await self._next(tab)):
            pass

    async def _next(self, tab: Tab) -> dict[str, Any]:
        message = await tab.socket.wire.receive_output(PATIENCE)
        return self._take(tab, message)

    def _take(self, tab: Tab, message: dict[str, Any]) -> dict[str, Any]:
        assert message["type"] == "websocket.send", message
        frame = orjson.loads(message["text"])
        if frame["type"] == "ack":
            self._acknowledged(tab, frame)
        elif frame["type"] == "error":
            known = frame["message"] in (REFUSALS.get(frame["code"]), BEGUN)
            assert known or (frame["message"] == GONE and self.dropped), frame
            # another tab may have asked again, later, and been heard earlier
            assert frame["id"] not in self.acks or frame["id"] in self.asked_again
            if frame["id"] not in self.acks:
                self.refused.add(frame["id"])
        elif frame["type"] in ("turn", "snapshot"):
            self.turns[frame["turn"]] = frame["conversation"]
            _add(self.replies, frame["message"])
        tab.take(frame)
        return frame

    async def _ask(self, tab: Tab, step: Step, type_: str, **fields: Any) -> None:
        request = str(uuid.uuid4())
        self.asked[request] = {"type_": type_, "id": request, **fields}
        await self._request(tab, request, step.wait)

    async def _repeat(self, tab: Tab, request: str, wait: bool = True) -> None:
        self.asked_again.add(request)
        await self._request(tab, request, wait)

    async def _request(self, tab: Tab, request: str, wait: bool) -> None:
        await tab.socket.send(**self.asked[request], format=tab.format)
        if wait:
            answers = ("ack", "error")
            await self._until(
                tab, lambda f: f["type"] in answers and f["id"] == request
            )

    def _acknowledged(self, tab: Tab, ack: dict[str, Any]) -> None:
        request, turn = ack["id"], ack["turn"]
        assert self.acks.setdefault(request, ack) == ack, "acknowledged in two ways"
        self.refused.discard(request)  # what was refused once may be possible later
        _add(self.conversations, ack["conversation"])
        _add(self.messages, ack["message"])
        if self.asked[request]["type_"] == "drop":
            self.dropped.add(ack["message"])
            self.shortened.add(ack["conversation"])
        tab.watching.add(ack["conversation"])
        if turn is not None:
            self.turns[turn] = ack["conversation"]
            if request not in self.asked_again:
                tab.told.setdefault(turn, "acknowledged")

    async def _watch_turn(self, tab: Tab, turn: str, how: int) -> None:
        where = {"conversation": self.turns[turn], "turn": turn}
        if tab.format == "text":
            where["offset"] = len(tab.texts.get(turn, "")) * how // 3
        tab.watching.add(self.turns[turn])
        await tab.socket.send("watch", **where, format=tab.format)

    async def _flush(self, tab: Tab) -> None:
        """Everything asked before is done, everything told before has come."""
        mark = str(uuid.uuid4())
        await tab.socket.send("ping", t=mark)
        await self._until(tab, lambda frame: frame.get("t") == mark)

    # --- the end
    async def finish(self) -> None:
        first = self.tabs[0]
        if first.socket is None:
            await self.open(first)
        for tab in self._open_tabs():
            await self._flush(tab)
        for request in self.asked.keys() - self.acks.keys() - self.refused:
            await self._repeat(first, request)
        self.hurry.set()
        async with asyncio.timeout(4 * PATIENCE):  # they come one after another
            await self._all_turns_over(first)
            for tab in self._open_tabs():
                await self._flush(tab)
                while any(tab.rows.values()):
                    await self._next(tab)
        await database_sync_to_async(self._check_tabs)()
        for tab in self._open_tabs():
            await tab.closing.aclose()
        assert (self.runner.hub.sockets, self.runner.hub.watched()) == (0, set())
        assert not self.runner.replies
        await database_sync_to_async(self._check_database)()

    async def close(self) -> None:
        """A failed example leaves nothing behind for the next."""
        for tab in self.tabs:
            await tab.closing.aclose()
        for turn in list(self.runner._brakes):
            await self.runner.stop(self.person.id, turn, None)
        while self.runner._brakes:
            await asyncio.sleep(0.01)
        await database_sync_to_async(self._delete)()

    @transaction.atomic  # a title may be on its way
    def _delete(self) -> None:
        self.person.conversations.all().delete()

    def _open_tabs(self) -> list[Tab]:
        return [tab for tab in self.tabs if tab.socket is not None]

    async def _all_turns_over(self, tab: Tab) -> None:
        live = Turn.objects.filter(owner_id=self.person.id, status__in=Turn.LIVE)
        while found := [turn async for turn in live.all()]:
            for turn in found:
                if turn.model == "demo-hang":
                    await tab.socket.send("stop", turn=str(turn.id))
            await asyncio.sleep(0.02)
        while self.runner._brakes:  # the last end is being told
            await asyncio.sleep(0.01)

    def _check_tabs(self) -> None:
        turns = Turn.objects.select_related("message")
        stored = {str(t.id): t for t in turns.filter(owner_id=self.person.id)}
        for tab in self._open_tabs():
            gone = tab.told.keys() - stored.keys()
            assert len(gone) <= len(self.dropped)
            now = {turn: stored[turn].status for turn in tab.told if turn in stored}
            told = {turn: tab.told[turn] for turn in now}
            assert told == now, "a tab is left with an old status"
            for turn in tab.pages.keys() & now.keys():  # the others were dropped
                page = tab.pages[turn]
                if now[turn] != "stopped":  # a stopped one may be cut
                    assert page.html == stored[turn].message.html
        for tab in self.tabs:
            for turn, text in tab.ended.items():
                if turn not in stored:
                    assert text == "", "a dropped turn has said something"
                    continue
                body = stored[turn].message.body
                assert body.startswith(text)
                assert turn not in tab.told or text == body

    def _check_database(self) -> None:
        mine = Message.objects.filter(owner_id=self.person.id)
        said = [message.body for message in mine if message.role == "user"]
        for request, fields in self.asked.items():
            if text := fields.get("text"):
                times = [message.body for message in mine].count(text)
                ack = self.acks.get(request)
                kept = ack is not None and ack["message"] not in self.dropped
                assert times == kept, text
        assert len(said) == len(set(said))
        for conversation in self.person.conversations.all():
            _check_conversation(conversation, str(conversation.id) in self.shortened)
        assert not TurnChunk.objects.exists()


def _check_conversation(conversation: Conversation, shortened: bool) -> None:
    tree = {message.id: message for message in conversation.messages.all()}
    assert conversation.message_count == len(tree)
    assert conversation.token_count == sum(m.tokens for m in tree.values())
    parents = {message.parent_id for message in tree.values()} - {None}
    assert parents <= tree.keys(), "a parent in another conversation"
    # behind the head of one that lost its last message may be an earlier wording of it
    ends = tree.keys() if shortened else tree.keys() - parents
    assert conversation.head_id in ends, "the head is not an end"
    turns = list(conversation.turns.all())
    assert len({turn.message_id for turn in turns}) == len(turns)
    whole = {turn.message_id for turn in turns if turn.status == "complete"}
    for message in tree.values():
        above = tree[message.parent_id].depth if message.parent_id else 0
        assert message.depth == above + 1
        assert message.tokens == count(message.body)
        if message.role == "assistant":
            rendered = render if message.id in whole else render_unfinished
            assert message.html == rendered(message.body)


@database_sync_to_async
def _conversation(id: str) -> Conversation:
    return Conversation.objects.get(id=id)


@database_sync_to_async
def _newcomer() -> tuple[User, str]:
    person = base.make_person(f"p{uuid.uuid4().hex}")
    return person, session_of(person)


def _pick(known: list[str], number: int) -> str | None:
    """One of them; the small numbers are the latest."""
    return known[-1 - number % len(known)] if known else None


def _add(known: list[str], new: str) -> None:
    if new not in known:
        known.append(new)


DOINGS = (
    *["send"] * 4,
    *["stop", "pause", "watch"] * 2,
    *["edit", "regenerate", "continue", "again", "unwatch", "take_back"],
    *["drop", "reconnect", "branch", "ping"],
)


def _steps(*doings: str) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        do=st.sampled_from(doings),
        tab=st.integers(0, len(FORMATS) - 1),
        pick=st.integers(0, 3),
        how=st.integers(0, 3),
        model=st.sampled_from(MODELS),
        wait=st.booleans(),
    )


STEPS = st.tuples(
    _steps("send"), st.lists(_steps(*DOINGS), min_size=6, max_size=30)
).map(lambda drawn: [drawn[0], *drawn[1]])


@pytest.fixture
async def impatient(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """No retries, and no reaper that would hide a turn nobody began."""
    monkeypatch.setattr(takeover, "STALE", timedelta(hours=1))
    await runner.model.close()
    server = ModelServer(runner._demo.base_url, max_retries=0)
    runner.model = open_model("responses", server)
    return runner


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Once it is set, what is left of every reply comes as fast as it can."""
    hurry = asyncio.Event()

    async def until_hurried(
        pieces: list[str], steering: Steering
    ) -> AsyncIterator[list[str]]:
        sent = 0
        async with aclosing(pace.paced(pieces, steering)) as batches:
            async for batch in batches:
                yield batch
                sent += len(batch)
                if hurry.is_set():
                    break
        async for batch in pace.paced(pieces[sent:], Steering(0, 0)):
            yield batch

    monkeypatch.setattr(endpoints, "paced", until_hurried)
    return hurry


@settings(
    max_examples=int(EXAMPLES or "25"),
    # the same steps each time, unless somebody looks for new ones
    derandomize=EXAMPLES is None,
    suppress_health_check=list(HealthCheck),
    # timing is part of what fails: a smaller list of steps may well be another failure
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
)
@given(steps=STEPS)
async def test_whatever_is_done_in_whatever_order(impatient, hurry, steps):
    world = World(impatient, hurry, *await _newcomer())
    try:
        for step in steps:
            await world.play(step)
        await world.finish()
    finally:
        await world.close()
