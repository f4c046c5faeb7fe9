"""Mirrors while the database is asked: what happens meanwhile is not undone."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import orjson
import pytest

from conversations.core import frames
from conversations.core.hub import HTML, TEXT, Hub
from conversations.core.live_reply import LiveReply
from conversations.core.markdown import render
from conversations.core.model_api import Usage
from conversations.core.pacing import LoadPacer
from conversations.mirroring import Mirrors
from conversations.services.elsewhere import Look
from conversations.services.liveness import TurnView
from tests.sockets.test_state_machine import Tab

CONVERSATION = uuid.uuid4()


def turn_of(text: str = "", status: str = "running") -> TurnView:
    ids = uuid.uuid4(), CONVERSATION, uuid.uuid4(), uuid.uuid4()
    return TurnView(*ids, status, text, Usage(), Decimal(0), None)


@dataclass
class Elsewhere:
    """Rows as other processes leave them. ``meanwhile`` happens after they were read
    and before the answer is here.
    """

    rows: list[TurnView] = field(default_factory=list)
    here: set[uuid.UUID] = field(default_factory=set)  # turns this process runs
    meanwhile: Callable[[], None] = lambda: None

    async def look_elsewhere(self, watched: Collection, known: Collection) -> Look:
        running = [
            row
            for row in self.rows
            if row.status == "running" and row.turn not in self.here
        ]
        ended = set(known) - {row.turn for row in running}
        over = [row for row in self.rows if row.turn in ended]
        await asyncio.sleep(0)
        self.meanwhile()
        return Look(running, over, {}, {})


class Watcher(Tab):
    """A tab that holds what it is sent, and minds whether it fits together."""

    __hash__ = object.__hash__

    def __init__(self, format: str) -> None:
        super().__init__(format)
        self.kinds: list[str] = []

    def deliver(self, frame: str) -> None:
        told = orjson.loads(frame)
        self.kinds.append(
            " ".join(told[name] for name in ("type", "status") if name in told)
        )
        self.take(told)


class World:
    """One process's mirrors, with somebody who watches the conversation."""

    def __init__(self, format: str = TEXT) -> None:
        self.hub, self.pacer, self.elsewhere = Hub(), LoadPacer(), Elsewhere()
        self.mirrors = Mirrors(self.elsewhere, self.hub, self.pacer)
        self.watcher = Watcher(format)
        self.hub.watch(CONVERSATION, self.watcher, format)

    def begin_here(self, view: TurnView) -> LiveReply:
        """As the runner does when it has claimed a turn."""
        reply = LiveReply(
            view.turn, view.conversation, view.message, self.hub, self.pacer, view.text
        )
        self.mirrors.drop(view.turn)
        self.elsewhere.here.add(view.turn)
        self.hub.tell_watchers(CONVERSATION, frames.turn(view, "running"))
        for listener, format in self.hub.formats(CONVERSATION):
            reply.show(listener, format)
        return reply


@pytest.fixture
def world() -> World:
    return World()


async def test_a_turn_that_begins_here_while_we_look_has_one_writer(world):
    view = turn_of("Once ")
    world.elsewhere.rows = [view]
    await world.mirrors.look()
    world.elsewhere.rows = [replace(view, text="Once there ")]
    world.elsewhere.meanwhile = lambda: world.begin_here(view)
    await world.mirrors.look()
    assert world.mirrors.get(view.turn) is None
    assert world.watcher.kinds == 2 * ["turn running", "snapshot running"]
    assert world.watcher.texts[str(view.turn)] == "Once "


async def test_nor_has_one_that_was_not_mirrored_before(world):
    view = turn_of("Once ")
    world.elsewhere.rows = [view]
    world.elsewhere.meanwhile = lambda: world.begin_here(view)
    await world.mirrors.look()
    assert world.mirrors.get(view.turn) is None
    assert world.watcher.kinds == ["turn running", "snapshot running"]


async def test_a_turn_that_was_here_is_mirrored_when_it_runs_elsewhere_again(world):
    view = turn_of("Once ")
    world.begin_here(view)
    world.elsewhere.here.clear()
    world.elsewhere.rows = [replace(view, text="Once there ")]
    await world.mirrors.look()
    assert world.watcher.texts[str(view.turn)] == "Once there "


@pytest.mark.parametrize("status", ["queued", "running"])
async def test_a_turn_that_is_claimed_again_has_not_ended(world, status):
    view = turn_of("Once ")
    world.elsewhere.rows = [view]
    await world.mirrors.look()
    if status == "running":  # claimed for here, and not yet told: it is no mirror's
        world.elsewhere.here.add(view.turn)
    world.elsewhere.rows = [replace(view, status=status)]
    await world.mirrors.look()
    world.elsewhere.here.clear()
    world.elsewhere.rows = [replace(view, text="Once there ")]
    await world.mirrors.look()
    world.elsewhere.rows = [replace(view, text="Once there was.", status="complete")]
    await world.mirrors.look()
    assert world.watcher.kinds == [
        "turn running",
        "snapshot running",
        "delta",
        "delta",
        "end complete",
    ]


async def test_the_end_of_a_turn_is_told_before_the_next_one_runs(world):
    first, second = turn_of("Once."), turn_of("Twice")
    world.elsewhere.rows = [first]
    await world.mirrors.look()
    world.elsewhere.rows = [replace(first, status="complete"), second]
    await world.mirrors.look()
    assert world.watcher.kinds[2:] == [
        "end complete",
        "turn running",
        "snapshot running",
    ]


@pytest.mark.parametrize("format", [TEXT, HTML])
async def test_a_mirror_that_one_watcher_asked_for_is_shown_to_the_others(format):
    """Between two looks: they were told nothing of the turn yet."""
    world, second, third = World(format), Watcher(format), Watcher(format)
    first, view = turn_of("Once."), turn_of("Twice")
    turn = str(view.turn)
    world.elsewhere.rows = [first]
    await world.mirrors.look()
    over = replace(first, status="complete")
    for watcher, words in ((second, "Twice"), (third, "Twice upon ")):
        view = replace(view, text=words)
        world.elsewhere.rows = [over, view]
        world.hub.watch(CONVERSATION, watcher, format)
        world.mirrors.up_to(view).show(watcher, format)
        for reply in world.mirrors.growing(CONVERSATION):
            reply.show(watcher, format)
    assert turn not in world.watcher.told
    view = replace(view, text="Twice upon a **time**")
    world.elsewhere.rows = [over, view]
    await world.mirrors.look()
    world.elsewhere.rows = [replace(view, status="complete")]
    await world.mirrors.look()
    for watcher in (world.watcher, second, third):
        assert watcher.kinds[-1] == "end complete"
        if format == TEXT:
            assert watcher.texts[turn] == view.text
        else:
            assert watcher.pages[turn].html == render(view.text)


async def test_nobody_watching_is_no_mirror(world):
    view = turn_of("Once ")
    world.elsewhere.rows = [view]
    await world.mirrors.look()
    world.hub.unwatch(CONVERSATION, world.watcher)
    await world.mirrors.look()
    assert world.mirrors.get(view.turn) is None


class Story:
    """One turn that changes hands: written elsewhere, left, begun here, lost again."""

    def __init__(self, world: World, draw: random.Random) -> None:
        self.world, self.draw = world, draw
        self.elsewhere = world.elsewhere
        self.elsewhere.rows = [turn_of()]
        self.here: LiveReply | None = None

    @property
    def row(self) -> TurnView:
        return self.elsewhere.rows[0]

    def _write(self, **fields: Any) -> None:
        self.elsewhere.rows = [replace(self.row, **fields)]

    def go_on(self, steps: int = 1) -> None:
        for _ in range(steps):
            self._step()

    def _step(self) -> None:
        words = self.draw.choice(["word ", "**bold** ", "\n\n- item ", "`code"])
        step = self.draw.random()
        if self.here is not None:
            if step < 0.6:
                self.here.append(words)
            elif step < 0.9:
                self._write(text=self.here.text)  # a checkpoint
            else:  # taken for dead: what no checkpoint has is written again
                self._lose(self.draw.choice(["queued", "running"]))
        elif self.row.status == "queued":
            if step < 0.5:
                self.begin_here()
            else:
                self._write(status="running")
        elif step < 0.8:
            self._write(text=self.row.text + words)
        else:
            self._write(status="queued")

    def begin_here(self) -> None:
        self._write(status="running")
        self.here = self.world.begin_here(self.row)

    def _lose(self, status: str) -> None:
        self.here.cancel_rendering()
        self.here = None
        self.elsewhere.here.clear()
        self._write(status=status)

    async def finish(self) -> None:
        if self.here is None:
            self._write(status="running")
            await self.world.mirrors.look()
            self._write(status="complete", text=self.row.text + "End.")
            return
        self._write(status="complete", text=self.here.text)
        self.here.finish()
        self.world.hub.tell_watchers(CONVERSATION, frames.end(self.row))


@pytest.mark.parametrize("format", [TEXT, HTML])
@pytest.mark.parametrize("seed", range(50))
async def test_whoever_writes_when_a_watcher_has_the_whole_reply(seed, format):
    """In any order of writing, changing hands and looking, also while we look."""
    draw, world = random.Random(seed), World(format)
    story = Story(world, draw)
    await world.mirrors.look()
    for _ in range(40):
        if draw.random() < 0.6:
            story.go_on()
            continue
        world.elsewhere.meanwhile = lambda: story.go_on(draw.randrange(5))
        await world.mirrors.look()
    world.elsewhere.meanwhile = lambda: None
    await story.finish()
    await world.mirrors.look()
    ends = [kind for kind in world.watcher.kinds if kind.startswith("end ")]
    assert ends == ["end complete"] == world.watcher.kinds[-1:]
    turn, text = str(story.row.turn), story.row.text
    if format == TEXT:
        assert world.watcher.texts[turn] == text
    else:
        assert world.watcher.pages[turn].html == render(text)
