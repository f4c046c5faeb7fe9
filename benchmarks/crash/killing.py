"""When a process is killed, and which replies it took with it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from benchmarks.crash import silence
from benchmarks.crash.talk import Talk
from benchmarks.crash.world import Kill, World

Say = Callable[[str], object]
AIMED = 3  # every third kill comes just after a message was sent
LAST_WORDS = 1.0  # seconds; two beats, and far less than a takeover needs
BEATING = """SELECT id, runner, heartbeat FROM conversations_turn
    WHERE status = 'running'"""


async def kill_often(world: World, talks: list[Talk], say: Say) -> None:
    chance, began = random.Random(world.plan.seed), time.monotonic()
    fell: set[tuple] = set()
    for number in range(world.plan.kills):
        await asyncio.sleep(chance.uniform(*world.plan.life))
        if number % AIMED == 0:
            await _a_message_is_on_its_way(world, chance.uniform(0, 0.03))
        writing = sum(talk.is_reading() for talk in talks)
        world.counts["replies being read at a kill"] += writing
        kill = await _kill(world, number)
        server = asyncio.create_task(_start_again(world, kill))
        if world.is_alone:
            world.counts["replies being written by what was killed"] += writing
        else:
            fell = await _note_the_fallen(world, talks, kill, fell)
        await server
        say(_progress(world, talks, number + 1, writing, began))


async def _kill(world: World, number: int) -> Kill:
    world.down = server = world.servers[number % len(world.servers)]
    world.kill = kill = Kill(time.monotonic(), server, number + 1)
    await asyncio.to_thread(server.stop, signal.SIGKILL)
    kill.at = time.monotonic()
    return kill


async def _start_again(world: World, kill: Kill) -> None:
    await asyncio.to_thread(world.down.start)
    kill.back, world.down = time.monotonic(), None


async def _note_the_fallen(
    world: World, talks: list[Talk], kill: Kill, fell: set[tuple]
) -> set[tuple]:
    """Of two processes, which replies the killed one was writing: those whose heart
    stopped with it. Who reads them may be at the other and notice nothing but silence,
    after what the dead one had stored last. ``fell``: at the kill before.
    """
    beating = set(await asyncio.to_thread(world.rows, BEATING))
    await asyncio.sleep(LAST_WORDS)
    silent = beating & set(await asyncio.to_thread(world.rows, BEATING))
    kill.turns = {str(turn) for turn, _, _ in silent - fell}
    world.counts["replies being written by what was killed"] += len(kill.turns)
    for exchange in (each for talk in talks for each in talk.open()):
        if exchange.seen and exchange.turn in kill.turns:
            silence.begins(world, exchange, kill)
    return silent


async def _a_message_is_on_its_way(world: World, since: float) -> None:
    """The moment before an acknowledgement is too short to be hit blindly."""
    world.just_sent.clear()
    with suppress(TimeoutError):
        await asyncio.wait_for(world.just_sent.wait(), 3.0)
        await asyncio.sleep(since)


def _progress(
    world: World, talks: list[Talk], done: int, writing: int, began: float
) -> str:
    kills, kill, load = world.plan.kills, world.kill, os.getloadavg()[0]
    sent = sum(len(talk.exchanges) for talk in talks)
    left = (time.monotonic() - began) / done * (kills - done)
    return (
        f"kill {done}/{kills}: {writing} replies being read, back after "
        f"{kill.back - kill.at:.1f} s, {sent} messages so far, {left:.0f} s to go, "
        f"load {load:.1f}"
    )
