"""A run from the first start to the comparison."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from benchmarks.crash.comparing import compare
from benchmarks.crash.counting import result
from benchmarks.crash.databases import database
from benchmarks.crash.killing import Say, kill_often
from benchmarks.crash.plan import TEXTS, Plan
from benchmarks.crash.talk import Talk
from benchmarks.crash.world import World
from tests.process.visitor import Visitor
from tests.product import Product


async def run(plan: Plan, var_dir: Path, say: Say = print) -> dict[str, Any]:
    """Kill ``plan.kills`` times; what was found. ``broken`` must be empty."""
    with database(plan, var_dir) as (settings, rows):
        servers = [Product(var_dir, **settings) for _ in range(plan.processes)]
        world = World(plan, servers, rows)
        try:
            for server in servers:
                await asyncio.to_thread(server.start)
            visitors = await _people(world)
            await _ask_references(world, visitors[0])
            talks = [
                Talk(world, visitors[number % len(visitors)], number)
                for number in range(plan.conversations)
            ]
            await _talk_and_kill(world, talks, say)
            found = await _exports(talks)
        finally:
            for server in servers:
                server.stop()
        for talk, messages in zip(talks, found, strict=True):
            compare(world, talk, messages)
        return result(world, len(talks), servers[0].said())  # one log for all


async def _people(world: World) -> list[Visitor]:
    address = world.servers[0].address
    return [
        await asyncio.to_thread(Visitor(address).sign_up, f"person{at}@example.org")
        for at in range(world.plan.people)
    ]


async def _ask_references(world: World, visitor: Visitor) -> None:
    """Every message's full reply, from a conversation that nothing interrupts."""
    async with visitor.tab() as tab:
        for text in TEXTS:
            _, world.references[text] = await tab.ask(text, model="demo-fast")


async def _talk_and_kill(world: World, talks: list[Talk], say: Say) -> None:
    async with asyncio.TaskGroup() as group:
        talking = [group.create_task(talk.run()) for talk in talks]
        await kill_often(world, talks, say)
        world.finishing = True
        _, stuck = await asyncio.wait(talking, timeout=world.plan.patience)
        world.counts["clients that wait for ever"] = len(stuck)
        for task in stuck:
            task.cancel()


async def _exports(talks: list[Talk]) -> list[list[dict[str, Any]]]:
    """The messages of each talk, as the product hands them out."""
    texts = [
        await asyncio.to_thread(talk.visitor.get, f"/c/{talk.conversation}/export.json")
        for talk in talks
    ]
    return [json.loads(text)["messages"] for text in texts]
