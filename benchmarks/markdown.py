"""What rendering a reply while it streams costs, against rendering it once at the end.

``python -m benchmarks.markdown --tokens 1000``: tokens of four characters are fed and
flushed every ``--every`` of them. ``×`` compares all the flushes of a reply with one
rendering of the whole; linear means that a reply twice as long costs twice as much.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import figures, machine
from benchmarks.figures import median, percentile, ratio
from benchmarks.samples import KINDS, tokens
from conversations.core.markdown import MarkdownStream, render

HEAD = (
    "reply",
    "flush p50, µs",
    "p95, µs",
    "ms per 1,000 tokens",
    "once, ms",
    "×",
    "twice as long ×",
)


def stream(pieces: list[str], every: int) -> tuple[float, list[float]]:
    """(seconds in all, seconds of each flush) of a reply that grows."""
    flushes = []
    reply = MarkdownStream()
    began = time.perf_counter()
    for number, piece in enumerate(pieces, 1):
        reply.feed(piece)
        if number % every == 0:
            at = time.perf_counter()
            reply.flush()
            flushes.append(time.perf_counter() - at)
    reply.finish()
    return time.perf_counter() - began, flushes


def measure(kind: str, count: int, every: int, repeat: int) -> dict[str, Any]:
    """Medians of ``repeat`` replies of ``count`` tokens; milliseconds, microseconds."""
    pieces = tokens(kind, count)
    text = "".join(pieces)
    runs = [stream(pieces, every) for _ in range(repeat)]
    whole = median(seconds for seconds, _ in runs)
    double = tokens(kind, 2 * count)
    twice = median(stream(double, every)[0] for _ in range(repeat))
    flushes = [1e6 * seconds for _, run in runs for seconds in run]
    once = median(_seconds(lambda: render(text)) for _ in range(repeat))
    return {
        "reply": kind,
        "flush_p50": percentile(flushes, 50),
        "flush_p95": percentile(flushes, 95),
        "per_thousand": 1000 * whole * 1000 / count,
        "once": 1000 * once,
        "ratio": ratio(whole, once),
        "twice": ratio(twice, whole),
    }


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=1_000)
    parser.add_argument("--every", type=int, default=2, help="tokens a flush")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    gc.disable()
    for kind in KINDS:  # lexers and such load on first use
        render("".join(tokens(kind, 500)))
    machine.until_calm()
    found = [measure(kind, args.tokens, args.every, args.repeat) for kind in KINDS]
    print(figures.table(HEAD, (list(row.values()) for row in found)))
    figures.report(args.json, "markdown", tokens=args.tokens, replies=found)


if __name__ == "__main__":
    main()
