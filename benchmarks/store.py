"""What storing a turn costs, however long the conversation is.

``python -m benchmarks.store --sizes 100,1000,5000,20000``: one turn is a message
posted, claimed, checkpointed and settled, sealed, with its receipt. The floor is Django
inserting the same two texts into a plain table, in one transaction.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import figures, in_process
from benchmarks.figures import ratio

STEPS = ("post", "begin", "checkpoint", "settle")
HEAD = (
    "messages",
    *(f"{step}, ms" for step in STEPS),
    "a turn, ms",
    "bare insert, ms",
    "×",
    "last 20, ms",
    "bare, ms",
    "×",
    "all, ms",
    "bare, ms",
    "×",
)
DISK = ("what is stored", "bytes a turn", "of text", "×")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,1000,5000,20000")
    parser.add_argument("--turns", type=int, default=50, help="measured at each size")
    parser.add_argument("--disk-turns", type=int, default=500)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    sizes = [int(size) for size in args.sizes.split(",")]
    with in_process.measuring("keeping", CHAT_MODEL="gpt-5.4-mini") as keeping:
        found = [keeping.at_size(size, args.turns) for size in sizes]
        disk = keeping.disk(args.disk_turns)
    print(figures.table(HEAD, (_row(row) for row in found)))
    print()
    print(figures.table(DISK, ([*row, ratio(row[1], row[2])] for row in disk)))
    figures.report(args.json, "store", sizes=found, disk=disk)


def _row(row: dict[str, float]) -> list[figures.Figure]:
    steps = [row[step] for step in STEPS]
    pairs = [("turn", "bare_turn"), ("last", "bare_last"), ("all", "bare_all")]
    compared = [
        figure
        for ours, bare in pairs
        for figure in (row[ours], row[bare], ratio(row[ours], row[bare]))
    ]
    return [row["size"], *steps, *compared]


if __name__ == "__main__":
    main()
