"""Streams side by side: the bare SDK, the product's provider, and the whole product.

``python -m benchmarks.stream --streams 1,50,200 --repeat 3``. All read the same paced
upstream. What is measured runs on one core, what measures and the upstream on another.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import figures, machine, product
from benchmarks.figures import ratio
from benchmarks.runs import WARM_UP, Plan, read_bare, read_product
from benchmarks.upstream import pace

BARE, RAW, PRODUCT = "bare SDK", "our provider", "the product"
HEAD = (
    "streams",
    "reader",
    "first token p50, ms",
    "p95",
    "(to the model p95)",
    "token p50, ms",
    "p95",
    "CPU, µs/token",
    "KB/stream",
    "failed",
    "others' cores",
    "first p95 ×",
    "token p50 ×",
    "CPU ×",
)


async def run(
    plan: Plan, counts: list[int], repeat: int, tries: int
) -> list[dict[str, Any]]:
    """Every reader at every number of streams, all of them once before any again."""
    runs = []
    for turn in range(repeat):
        for streams in counts:
            for reader in plan.readers:
                found = await calmest(plan, reader, streams, tries)
                print(_progress(turn, streams, reader, found), file=sys.stderr)
                runs.append({"streams": streams, "reader": reader, **found})
    return runs


async def calmest(plan: Plan, reader: str, streams: int, tries: int) -> dict[str, Any]:
    """The first run that others left alone, or the one they disturbed least."""
    found: list[dict[str, Any]] = []
    while len(found) < tries and not (found and found[-1]["others"] < machine.CALM):
        gc.collect()
        found.append(await read(plan, reader, streams))
    return min(found, key=lambda run: run["others"])


async def read(plan: Plan, reader: str, streams: int) -> dict[str, Any]:
    if reader == PRODUCT:
        return await read_product(plan, streams)
    return await read_bare(plan, "sdk" if reader == BARE else "raw", streams)


def _progress(turn: int, streams: int, reader: str, found: dict[str, Any]) -> str:
    return (
        f"  {turn + 1}. {streams:>4} streams, {reader}: first token p95"
        f" {figures.shown(found['first_p95'])} ms,"
        f" {figures.shown(found['cpu_us'])} µs/token,"
        f" others took {found['others']:.2f} cores"
    )


def rows(medians: list[dict[str, Any]]) -> Iterator[list[figures.Figure]]:
    base: dict[str, Any] = {}
    for row in medians:
        if row["reader"] == BARE:
            base = row
        names = ("first_p50", "first_p95", "to_model_p95", "token_p50", "token_p95")
        yield [
            row["streams"],
            row["reader"],
            *(row[name] for name in (*names, "cpu_us", "kb")),
            int(row["failed"]),
            row["others"],
            *(
                ratio(row[name], base.get(name))
                for name in ("first_p95", "token_p50", "cpu_us")
            ),
        ]


def people(environment: dict[str, str], count: int) -> list[str]:
    """Cookies of so many people, made before the product starts."""
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.people", str(count)],
        cwd=product.ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(made.stdout)


@contextmanager
def planned(args: argparse.Namespace, counts: list[int]) -> Iterator[Plan]:
    cores = machine.cores()
    machine.pin_self(cores[1])
    with product.throwaway() as var_dir, product.upstream(cores[1]) as (pid, url):
        settings = product.model_settings(url, args.model)
        environment = product.environment(var_dir, **settings)
        cookies = people(environment, max(WARM_UP, *counts))
        readers = tuple(args.readers)
        yield Plan(
            pid, url, args.model, args.format, environment, cookies, cores, readers
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", default="1,10,50,100,200")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--tries", type=int, default=3, help="while others disturb")
    parser.add_argument("--format", choices=("text", "html"), default="text")
    parser.add_argument("--model", default=pace(300), help="its name is its pace")
    parser.add_argument(
        "--readers",
        nargs="*",
        choices=(BARE, RAW, PRODUCT),
        default=(BARE, RAW, PRODUCT),
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    counts = [int(count) for count in args.streams.split(",")]
    gc.disable()  # between the runs only: a pause would be measured as the product's
    with planned(args, counts) as plan:
        runs = asyncio.run(run(plan, counts, args.repeat, args.tries))
    medians = figures.medians(runs, ("streams", "reader"))
    print(figures.table(HEAD, rows(medians), names=2))
    figures.report(
        args.json,
        "stream",
        model=args.model,
        format=args.format,
        repeat=args.repeat,
        medians=medians,
        runs=runs,
    )


if __name__ == "__main__":
    main()
