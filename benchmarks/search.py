"""How fast something is found and recalled, in few messages and in very many.

``python -m benchmarks.search --sizes 1000,10000,50000,200000``: milliseconds of a
search as it is typed and as it is sent, and of recall, on one person's messages among
those of others, and the bytes and time that the index takes for each message.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks import figures, in_process

HEAD = ("messages", "what", "results", "median, ms", "p95, ms", "longest, ms")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,50000,200000", help="messages")
    parser.add_argument("--repeat", type=int, default=15, help="of each question")
    parser.add_argument(
        "--others", type=int, default=10, help="percent of messages of other people"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    sizes = sorted(int(each) for each in args.sizes.split(","))
    rows: list[dict[str, Any]] = []
    sizes_on_disk = []
    with in_process.measuring("finding") as finding:
        library = finding.Library(args.others / 100)
        for size in sizes:
            library.grow_to(size)
            sizes_on_disk.append({"messages": size, **library.footprint()})
            rows += [{"messages": size, **row} for row in library.measured(args.repeat)]
    print(figures.table(HEAD, [list(row.values()) for row in rows]))
    print()
    head = (
        "messages",
        "index, bytes a message",
        "text, bytes a message",
        "µs to index",
    )
    print(figures.table(head, [list(each.values()) for each in sizes_on_disk]))
    figures.report(args.json, "search", rows=rows, footprint=sizes_on_disk)


if __name__ == "__main__":
    main()
