"""The story of a turn, told with a scripted model and a store in memory."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from conversations.core.errors import ModelBusy, ReplyCut
from conversations.core.hub import TEXT, Hub
from conversations.core.live_reply import LiveReply
from conversations.core.model_api import (
    Finished,
    Item,
    ModelRequest,
    TextDelta,
    Usage,
)
from conversations.core.turn import Brake, Briefing, Outcome, Settled, run_turn


class Steady:
    def pause(self) -> float:
        return 0.0


class ScriptedModel:
    """Yields what it is told; an exception is raised, ``...`` waits for ever."""

    def __init__(self, *script) -> None:
        self.script = script
        self.closed = False
        self.waiting = asyncio.Event()

    async def stream(self, request, pacer=None) -> AsyncIterator:
        try:
            for step in self.script:
                if step is ...:
                    self.waiting.set()
                    await asyncio.Event().wait()
                if isinstance(step, Exception):
                    raise step
                yield TextDelta(step) if isinstance(step, str) else step
        finally:
            self.closed = True


class MemoryStore:
    def __init__(self, theirs: bool = False) -> None:
        self.outcome: Outcome | None = None
        self.theirs = theirs
        self.released: tuple[int, str] | None = None

    async def begin(self, turn) -> Briefing | None:
        if self.theirs:
            return None
        request = ModelRequest("scripted", (Item("user", "hello"),))
        ids = (uuid.uuid4() for _ in range(4))
        return Briefing(turn, next(ids), next(ids), next(ids), next(ids), request, 5)

    async def release(self, briefing, unsaved) -> None:
        self.released = unsaved

    async def settle(self, briefing, outcome) -> Settled:
        await asyncio.sleep(0)
        self.outcome = outcome
        return Settled(
            briefing.turn,
            briefing.conversation,
            briefing.message,
            briefing.owner,
            outcome.status,
            len(outcome.text),
            Usage(),
            Decimal(0),
            None,
        )


class Screen:
    """A watcher: what it was shown."""

    def __init__(self) -> None:
        self.frames: list[str] = []

    def deliver(self, frame: str) -> None:
        self.frames.append(frame)


async def run(model, brake=None, store=None, screen=None) -> Outcome | None:
    store = store or MemoryStore()
    hub = Hub()

    def publish(briefing: Briefing) -> LiveReply:
        if screen is not None:
            hub.watch(briefing.conversation, screen, TEXT)
        return LiveReply(
            briefing.turn, briefing.conversation, briefing.message, hub, Steady()
        )

    await run_turn(
        uuid.uuid4(),
        store=store,
        model=model,
        pacer=Steady(),
        brake=brake or Brake(),
        publish=publish,
        calls=lambda briefing: NoCalls(),
    )
    return store.outcome


class NoCalls:
    """``Calls`` of a model that was offered no tools."""

    async def run(self, call):
        raise AssertionError("no tool was offered")

    def started(self, call, offset) -> None: ...
    def ended(self, call, end) -> None: ...


async def test_usage_is_estimated_when_the_server_reports_none():
    outcome = await run(ScriptedModel("hello world", Finished()))
    assert outcome.usage == Usage(input=5, output=2)


async def test_what_broke_off_is_charged_as_far_as_it_came():
    outcome = await run(ScriptedModel("hello world", ReplyCut()))
    assert (outcome.status, outcome.usage) == ("interrupted", Usage(5, 2))


async def test_a_request_that_brought_nothing_is_not_charged():
    outcome = await run(ScriptedModel(ReplyCut()))
    assert (outcome.status, outcome.usage) == ("failed", Usage())


async def test_a_turn_that_may_not_cost_so_much_is_over_before_it_began():
    store = MemoryStore()
    refused = Settled(*(uuid.uuid4() for _ in range(4)), "failed", 0, Usage(), 0, {})

    async def refuse(turn):
        return refused

    store.begin = refuse
    ran = await run_turn(
        uuid.uuid4(),
        store=store,
        model=ScriptedModel("never asked"),
        pacer=Steady(),
        brake=Brake(),
        publish=None,
        calls=None,
    )
    assert (ran.settled, ran.briefing, store.outcome) == (refused, None, None)


async def test_a_reply_is_streamed_shown_and_stored():
    screen, usage = Screen(), Usage(5, 2)
    model = ScriptedModel("Hello", " there", Finished(usage))
    outcome = await run(model, screen=screen)
    assert (outcome.status, outcome.text, outcome.usage) == (
        "complete",
        "Hello there",
        usage,
    )
    assert outcome.first_token is not None
    assert ['"text":"Hello"' in screen.frames[0], '"offset":5' in screen.frames[1]] == [
        True,
        True,
    ]
    assert model.closed


async def test_another_runners_turn_is_left_alone():
    store = MemoryStore(theirs=True)
    assert await run(ScriptedModel("x"), store=store) is None


@pytest.mark.parametrize(
    ("script", "status", "text", "code"),
    [
        ((ModelBusy(),), "failed", "", "busy"),
        (("Hal", ReplyCut()), "interrupted", "Hal", "interrupted"),
        (("Hal", ModelBusy()), "interrupted", "Hal", "busy"),
        ((RuntimeError("secret"),), "failed", "", "unavailable"),
        ((Finished(),), "failed", "", "unavailable"),
        (("Hal", Finished(None, "length")), "interrupted", "Hal", "interrupted"),
        (("Hal", Finished(None, "filtered")), "interrupted", "Hal", "interrupted"),
    ],
)
async def test_what_goes_wrong_is_told_and_what_there_is_is_kept(
    script, status, text, code
):
    outcome = await run(ScriptedModel(*script))
    assert (outcome.status, outcome.text, outcome.error.code) == (status, text, code)
    assert "secret" not in str(outcome.error)


@pytest.mark.parametrize(
    ("seen", "kept"), [(None, "Hello"), (3, "Hel"), (0, ""), (99, "Hello")]
)
async def test_a_stopped_reply_keeps_what_was_seen(seen, kept):
    model, brake, store = ScriptedModel("Hello", ...), Brake(), MemoryStore()
    running = asyncio.create_task(run(model, brake, store))
    await model.waiting.wait()
    brake.stop(seen)
    brake.stop(1)  # pressed twice: the first counts
    await running
    assert (store.outcome.status, store.outcome.text) == ("stopped", kept)
    assert store.outcome.error is None
    assert model.closed


async def test_a_turn_stopped_before_it_began_never_calls_the_model():
    model, brake = ScriptedModel("Hello", Finished()), Brake()
    brake.stop(0)
    outcome = await run(model, brake)
    assert (outcome.status, outcome.text) == ("stopped", "")
    assert not model.closed


async def test_a_server_that_ends_leaves_the_turn_to_the_next():
    model, brake, store = ScriptedModel("Hello", ...), Brake(), MemoryStore()
    running = asyncio.create_task(run(model, brake, store))
    await model.waiting.wait()
    brake.pull()
    await running
    assert store.outcome is None
    assert store.released == (0, "Hello")
    assert model.closed


async def test_stopping_what_has_just_ended_changes_nothing():
    model, brake = ScriptedModel("Hello", Finished()), Brake()
    outcome = await run(model, brake)
    brake.stop(2)
    assert (outcome.status, outcome.text) == ("complete", "Hello")
