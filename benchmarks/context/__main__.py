"""What a turn costs, and what a model still knows, as a conversation grows.

``python -m benchmarks.context --sizes 10,100,1000,10000``: for each strategy the tokens
and USD of a turn, the time and queries of planning it, and how many of the facts that a
person mentioned once the demo model can still answer. ``--plot FILE`` draws an SVG.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks import figures, in_process, product
from benchmarks.context import plot

MODEL = "gpt-5.4-mini"  # whose price and window count; nobody calls it
NOBODY = "http://127.0.0.1:9/v1"
NAMES = ("full", "window", "summary", "recall", "hybrid")
BASE, LONG = 100, 10_000  # messages that planning is compared at
Row = dict[str, Any]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10,100,1000,10000", help="messages")
    parser.add_argument("--limits", default="16000,4000", help="CONTEXT_TOKENS")
    parser.add_argument(
        "--own", default="5", help="percent of a person's messages about themselves"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    sizes, limits, shares = (
        [int(each) for each in given.split(",")]
        for given in (args.sizes, args.limits, args.own)
    )
    rows: list[Row] = []
    settings = product.model_settings(NOBODY, MODEL)
    with in_process.measuring("context.asking", **settings) as asking:
        for own in shares:
            for size in sizes:
                print(f"  {size:,} messages, {own} % own", flush=True)
                rows += asking.measured(size, limits, own / 100)
    for own in shares:
        for limit in limits:
            report([r for r in rows if r["own"] == own / 100 and r["limit"] == limit])
    figures.report(args.json, "context", rows=rows)
    if args.plot:
        shown = [r for r in rows if r["own"] == shares[0] / 100]
        args.plot.write_text(
            plot.drawn([r for r in shown if r["limit"] == limits[0]], NAMES)
        )


def report(rows: list[Row]) -> None:
    """The tables of one limit."""
    sizes = list(dict.fromkeys(row["size"] for row in rows))
    at = {(row["strategy"], row["size"]): row for row in rows}
    print(f"\nCONTEXT_TOKENS={rows[0]['limit']:,}; {rows[0]['own']:.0%} own\n")
    columns = {
        "tokens": lambda r: round(r["tokens"]),
        "USD a turn, summaries included": lambda r: (
            f"{r['usd'] + r['summary_usd']:.5f}"
        ),
        "of which summaries": lambda r: f"{r['summary_usd']:.5f}",
        "with the provider's cache": lambda r: (
            f"{r['cached_usd'] + r['summary_usd']:.5f}"
        ),
        "fits the model": lambda r: "yes" if r["fits"] else "no",
        "planning, ms": lambda r: r["plan_ms"],
        "queries": lambda r: r["queries"],
        "needles known": lambda r: f"{r['known']}/{r['needles']}",
        "of the latest 500 messages": lambda r: (
            f"{r['recent_known']}/{r['recent_needles']}"
        ),
    }
    for title, figure in columns.items():
        lines = [[name, *(figure(at[name, size]) for size in sizes)] for name in NAMES]
        head = (title, *(f"{size:,}" for size in sizes))
        print(figures.table(head, lines), end="\n\n")
    if BASE in sizes and LONG in sizes:
        lines = [
            [name, figures.ratio(*(at[name, n]["plan_ms"] for n in (LONG, BASE)))]
            for name in NAMES
        ]
        print(figures.table(("planning at 10,000 ÷ at 100", "×"), lines))


if __name__ == "__main__":
    main()
