"""From the command to the first answer: ``python -m benchmarks.start --repeat 5``.

The first start makes keys, databases and static files; it is shown apart. Every later
one finds them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import figures, machine, product

HEAD = ("start", "seconds", "at most", "memory, MB")


def start(var_dir: Path, core: int | None) -> tuple[float, float]:
    """(seconds until ``/livez`` answers 200, resident megabytes then)."""
    machine.until_calm()
    with product.serving(product.environment(var_dir, CHAT_MODEL="demo"), core) as it:
        return it.started_in, machine.memory_kb(it.pid) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    measured, ours = machine.cores()
    machine.pin_self(ours)
    with product.throwaway() as var_dir:
        first = start(var_dir, measured)
        later = [start(var_dir, measured) for _ in range(args.repeat)]
    seconds = [each[0] for each in later]
    memory = figures.median(each[1] for each in later)
    rows = [
        ["first, in an empty place", first[0], first[0], first[1]],
        ["second and later", figures.median(seconds), max(seconds), memory],
    ]
    print(figures.table(HEAD, rows))
    figures.report(args.json, "start", first_s=first[0], later_s=seconds)


if __name__ == "__main__":
    main()
