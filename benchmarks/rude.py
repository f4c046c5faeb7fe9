"""Whether rude clients move others' latency: readers alone, then the same readers in
bad company. ``python -m benchmarks.rude --streams 20 --rounds 5``.

One product with its limits on, one upstream, rounds in turn. The company, five of each:
readers who stop reading and ask for more, flooders, senders of 60 KiB of junk a frame.
Who is closed comes back a second later, as our page would at the earliest. What is
measured runs on one core, everything else on another.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks import figures, machine, product
from benchmarks.runs import WARM_UP, Plan, Watch, ask, quiet, summary, tabs
from benchmarks.stream import people
from benchmarks.upstream import pace

ALONE, RUDE = "alone", "in rude company"
OF_EACH_KIND = 5
NARROW = 16 * 1024  # bytes taken in for a reader who does not read
JUNK = '{"type":"ping","t":"' + "x" * 60_000
AGAIN_AFTER = 1.0  # seconds
SETTLED = 2.0  # seconds after which the company has come to be as rude as it gets
CALM = 0.5  # cores
HEAD = (
    "readers",
    "first token p95, ms",
    "token p50, ms",
    "p95",
    "CPU, s",
    "failed",
    "others' cores",
    "token p50 ×",
    "p95 ×",
)


# --- the company
async def stops_reading(wire: ClientConnection) -> None:
    """Ask for a long reply and for what there is of it, and read none of it."""
    frame = {"type": "send", "id": str(uuid.uuid4()), "text": "hello", "format": "text"}
    await wire.send(json.dumps(frame | {"model": pace(10_000)}))
    while '"ack"' not in (told := str(await wire.recv())):
        pass
    ack = json.loads(told)
    watch = {"type": "watch", "conversation": ack["conversation"], "turn": ack["turn"]}
    while True:
        await wire.send(json.dumps(watch | {"format": "text"}))
        await asyncio.sleep(0.15)  # slowly enough not to be a flood


async def floods(wire: ClientConnection) -> None:
    while True:
        await wire.send('{"type":"ping"}')


async def talks_junk(wire: ClientConnection) -> None:
    while True:
        await wire.send(JUNK)


KINDS: tuple[Callable[[ClientConnection], Awaitable[None]], ...]
KINDS = (stops_reading, floods, talks_junk)


async def be_rude(
    address: str, cookie: str, act: Callable[[ClientConnection], Awaitable[None]]
) -> None:
    """For ever."""
    while True:
        try:
            async with connect(
                address.replace("http", "ws") + "/ws/",
                sock=_narrow(address),
                origin=address,
                additional_headers={"Cookie": cookie},
                compression=None,
                max_queue=1,
                close_timeout=1,
            ) as wire:
                await act(wire)
        except (WebSocketException, OSError):
            await asyncio.sleep(AGAIN_AFTER)


def _narrow(address: str) -> socket.socket:
    where, wire = urlsplit(address), socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    wire.connect((where.hostname, where.port))
    wire.setblocking(False)
    return wire


async def _be_rude_all(address: str, cookies: list[str]) -> None:
    each = [kind for kind in KINDS for _ in range(OF_EACH_KIND)]
    await asyncio.gather(
        *(be_rude(address, *who) for who in zip(cookies, each, strict=True))
    )


def _in_its_process(address: str, cookies: list[str], core: int | None) -> None:
    machine.pin_self(core)
    os.nice(19)  # it shares the core with those who measure
    asyncio.run(_be_rude_all(address, cookies))


@asynccontextmanager
async def company(plan: Plan, address: str, cookies: list[str]) -> AsyncIterator[None]:
    """In a process of its own: what reads must not wait for it."""
    started = multiprocessing.get_context("spawn").Process(
        target=_in_its_process, args=(address, cookies, plan.cores[1]), daemon=True
    )
    started.start()
    await asyncio.sleep(SETTLED)
    try:
        yield
    finally:
        started.kill()
        started.join()


# --- the rounds
async def one_round(
    plan: Plan, address: str, watch: Watch, streams: int
) -> dict[str, float | None]:
    gc.collect()
    async with tabs(plan, address, streams, plan.tokens) as opened:
        watch.begin()
        asked = [ask(tab, plan, at) for at, tab in enumerate(opened)]
        tallies = await asyncio.gather(*asked)
        watch.end()
    return summary([tally.record() for tally in tallies], watch, plan.tokens)


async def run(
    plan: Plan, streams: int, rounds: int, tries: int
) -> list[dict[str, Any]]:
    runs = []
    rude_ones = plan.cookies[streams:]
    with product.serving(plan.environment, plan.cores[0]) as running:

        async def measured(who: str) -> dict[str, Any]:
            watch = Watch(running.pid, plan.upstream)
            await quiet(watch)
            watch.rest()
            if who == ALONE:
                return await one_round(plan, running.address, watch, streams)
            async with company(plan, running.address, rude_ones):
                return await one_round(plan, running.address, watch, streams)

        async with tabs(plan, running.address, WARM_UP, 20) as opened:
            await asyncio.gather(*(tab.ask(pace(20), 60.0) for tab in opened))
        for at in range(rounds):
            for who in (ALONE, RUDE):
                found = await calmest(lambda who=who: measured(who), tries)
                told = figures.shown(found["token_p95"])
                others = f"others took {found['others']:.2f} cores"
                print(f"  {at + 1}. {who}: p95 {told} ms, {others}", file=sys.stderr)
                runs.append({"who": who, **found})
    return runs


async def calmest(
    measured: Callable[[], Awaitable[dict[str, Any]]], tries: int
) -> dict[str, Any]:
    """The first that the machine's other work left alone, or what it disturbed least.
    The company is other work too, on the other core: half of one is no reason.
    """
    found: list[dict[str, Any]] = []
    while len(found) < tries and not (found and found[-1]["others"] < CALM):
        found.append(await measured())
    return min(found, key=lambda run: run["others"])


def rows(medians: list[dict[str, Any]]) -> list[list[figures.Figure]]:
    alone = medians[0]
    names = ("first_p95", "token_p50", "token_p95", "cpu_s")
    return [
        [
            row["who"],
            *(row[name] for name in names),
            int(row["failed"]),
            row["others"],
            figures.ratio(row["token_p50"], alone["token_p50"]),
            figures.ratio(row["token_p95"], alone["token_p95"]),
        ]
        for row in medians
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tries", type=int, default=3, help="while others disturb")
    parser.add_argument("--model", default=pace(300), help="its name is its pace")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    cores = machine.cores()
    machine.pin_self(cores[1])
    gc.disable()  # between the rounds only
    with product.throwaway() as var_dir, product.upstream(cores[1]) as (pid, url):
        settings = product.model_settings(url, args.model)
        environment = product.environment(var_dir, **settings, RATE_LIMITS="on")
        cookies = people(environment, args.streams + len(KINDS) * OF_EACH_KIND)
        plan = Plan(pid, url, args.model, "text", environment, cookies, cores, ())
        runs = asyncio.run(run(plan, args.streams, args.rounds, args.tries))
    medians = figures.medians(runs, ("who",))
    print(figures.table(HEAD, rows(medians)))
    figures.report(
        args.json,
        "rude",
        model=args.model,
        rounds=args.rounds,
        medians=medians,
        runs=runs,
    )


if __name__ == "__main__":
    main()
