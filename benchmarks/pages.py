"""What pages cost, with few conversations and with many.

``python -m benchmarks.pages --conversations 10000 --messages 20``: queries,
milliseconds and bytes of every list and of conversations, in this process, through
Django's test client. ``×`` is the time against that with a hundred conversations.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import figures, in_process

HEAD = (
    "page",
    "queries",
    "the same at 100",
    "median, ms",
    "p95, ms",
    "KB",
    "×",
    "reads bodies",
)
FEW = 100


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--visits", type=int, default=30)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    with in_process.measuring("visits") as visits:
        reader = visits.Reader(args.messages, args.visits)
        reader.more(FEW)
        few = reader.visit_all()
        reader.more(max(0, args.conversations - FEW))
        many = reader.visit_all()
    rows = [
        [
            visit.page,
            visit.queries,
            "yes" if visit.queries == before.queries else f"no: {before.queries}",
            visit.median,
            visit.p95,
            visit.size / 1024,
            figures.ratio(visit.median, before.median),
            "yes" if visit.bodies else "no",
        ]
        for before, visit in zip(few, many, strict=True)
    ]
    print(figures.table(HEAD, rows))
    constant = all(a.queries == b.queries for a, b in zip(few, many, strict=True))
    print(f"\nConstant numbers of queries: {'yes' if constant else 'NO'}.", end=" ")
    reading = [visit.page for visit in many if visit.bodies and visit.is_list]
    print(f"Lists that read what was said: {', '.join(reading) or 'none'}.")
    figures.report(
        args.json,
        "pages",
        conversations=args.conversations,
        messages=args.messages,
        few=[visit.record() for visit in few],
        many=[visit.record() for visit in many],
    )


if __name__ == "__main__":
    main()
