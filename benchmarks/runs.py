"""One run of many streams: read bare in one process, or through the whole product."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks import machine, product
from benchmarks.figures import percentile
from benchmarks.sockets import Tab
from benchmarks.stamps import Tally
from benchmarks.upstream import pace, pace_of

SPACING = 0.01  # seconds between two requests
CONNECTING = 10  # sockets at once
WARM_UP = 5  # sockets
PATIENCE = 60.0  # seconds beyond the time that the model takes
SETTLE = 0.5  # seconds of rest before a run
QUIET = 0.05  # of a core: less than this, and the work after the replies is done


@dataclass(slots=True)
class Plan:
    """What all runs have in common."""

    upstream: int  # process id
    url: str
    model: str
    format: str
    environment: dict[str, str]
    cookies: list[str]
    cores: tuple[int | None, int | None]
    readers: tuple[str, ...]

    @property
    def tokens(self) -> int:
        return pace_of(self.model)[1]

    @property
    def within(self) -> float:
        per_second, tokens = pace_of(self.model)
        return tokens / per_second + PATIENCE


@dataclass
class Watch:
    """What a process took from here on, looked at four times a second."""

    pid: int
    upstream: int
    idle_kb: float = 0.0
    peak_kb: float = 0.0
    cpu: float = 0.0
    others: float = 0.0  # cores that the rest of the machine took meanwhile

    def rest(self) -> None:
        """This is the process before anybody wants anything of it."""
        self.idle_kb = machine.memory_kb(self.pid)

    def begin(self) -> None:
        self.cpu = -machine.cpu_seconds(self.pid)
        self._rest = machine.Others(self.pid, self.upstream, os.getpid())
        self._sampling = asyncio.create_task(self._sample())

    def end(self) -> None:
        self.cpu += machine.cpu_seconds(self.pid)
        self.others = self._rest.cores()
        self.peak_kb = max(self.peak_kb, machine.memory_kb(self.pid))
        self._sampling.cancel()

    async def _sample(self) -> None:
        while True:
            self.peak_kb = max(self.peak_kb, machine.memory_kb(self.pid))
            await asyncio.sleep(0.25)


# --- what reads
@asynccontextmanager
async def bare_reader(plan: Plan, kind: str, streams: int) -> AsyncIterator[Any]:
    """A process of ``benchmarks.readers``; yields it after its warm-up."""
    command = [sys.executable, "-m", "benchmarks.readers", kind, "--url", plan.url]
    command += ["--model", plan.model, "--streams", str(streams)]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=product.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1 << 26,  # tallies are long lines
        preexec_fn=machine.pinned(plan.cores[0]),
    )
    try:
        await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def read_bare(plan: Plan, kind: str, streams: int) -> dict[str, Any]:
    async with bare_reader(plan, kind, streams) as process:
        watch = Watch(process.pid, plan.upstream)
        await asyncio.sleep(SETTLE)
        watch.rest()
        watch.begin()
        process.stdin.write(b"go\n")
        await process.stdout.readline()
        watch.end()
        process.stdin.write(b"report\n")
        tallies = json.loads(await process.stdout.readline())
    return summary(tallies, watch, plan.tokens)


async def read_product(plan: Plan, streams: int) -> dict[str, Any]:
    with product.serving(plan.environment, plan.cores[0]) as running:
        async with tabs(plan, running.address, WARM_UP, 20) as opened:
            await asyncio.gather(*(tab.ask(pace(20), PATIENCE) for tab in opened))
        watch = Watch(running.pid, plan.upstream)
        await quiet(watch)
        watch.rest()
        async with tabs(plan, running.address, streams, plan.tokens) as opened:
            await asyncio.sleep(SETTLE)
            watch.begin()
            asked = [ask(tab, plan, at) for at, tab in enumerate(opened)]
            tallies = await asyncio.gather(*asked)
            await quiet(watch)
            watch.end()
    return summary([tally.record() for tally in tallies], watch, plan.tokens)


@asynccontextmanager
async def tabs(
    plan: Plan, address: str, count: int, tokens: int
) -> AsyncIterator[list[Tab]]:
    slots = asyncio.Semaphore(CONNECTING)
    opened = [
        Tab(address, plan.cookies[at], plan.format, tokens) for at in range(count)
    ]

    async def connect(tab: Tab) -> None:
        async with slots:
            await tab.open()

    await asyncio.gather(*(connect(tab) for tab in opened))
    try:
        yield opened
    finally:
        for tab in opened:
            tab.close()


async def ask(tab: Tab, plan: Plan, at: int) -> Tally:
    await asyncio.sleep(at * SPACING)
    return await tab.ask(plan.model, plan.within)


async def quiet(watch: Watch, at_most: float = 20.0) -> None:
    """Wait until the process has nothing to do: titles and such are part of a turn."""
    deadline = asyncio.get_running_loop().time() + at_most
    while asyncio.get_running_loop().time() < deadline:
        before = machine.cpu_seconds(watch.pid)
        await asyncio.sleep(SETTLE)
        if machine.cpu_seconds(watch.pid) - before < QUIET * SETTLE:
            return


# --- what it comes to
def summary(
    tallies: list[dict[str, Any]], watch: Watch, tokens: int
) -> dict[str, float | None]:
    """Figures of one run: milliseconds, microseconds of CPU a token, kilobytes."""
    good = [tally for tally in tallies if not tally["failure"]]
    for why in sorted({tally["failure"] for tally in tallies if tally["failure"]})[:3]:
        print(f"  failed: {why}", file=sys.stderr)
    to_model = [tally["to_model"] / 1000 for tally in good]
    first = [(tally["to_model"] + tally["first"]) / 1000 for tally in good]
    late = [each / 1000 for tally in good for each in tally["late"]]
    read = sum(len(tally["late"]) for tally in tallies)
    return {
        "first_p50": percentile(first, 50),
        "first_p95": percentile(first, 95),
        "to_model_p50": percentile(to_model, 50),
        "to_model_p95": percentile(to_model, 95),
        "token_p50": percentile(late, 50),
        "token_p95": percentile(late, 95),
        "cpu_us": watch.cpu * 1e6 / read if read else None,
        "kb": (watch.peak_kb - watch.idle_kb) / len(tallies),
        "failed": len(tallies) - len(good),
        "cpu_s": watch.cpu,
        "others": watch.others,
    }
