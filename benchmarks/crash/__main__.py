"""The words of the command line, and the table at the end."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import benchmarks.crash
from benchmarks import figures
from benchmarks.crash.plan import Plan
from benchmarks.crash.running import run
from benchmarks.product import throwaway


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.crash",
        description=benchmarks.crash.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--conversations", type=int, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--processes", type=int, choices=[1, 2], default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = vars(parser.parse_args())
    path, plan = args.pop("json"), Plan(**args)
    if plan.processes > 1 and plan.database == "sqlite":
        parser.error("two processes need --database postgres")
    with throwaway() as place:
        found = asyncio.run(run(plan, place, lambda line: print(line, flush=True)))
    figures.report(path, "crash", plan=asdict(plan), result=found)
    shown = [each for each in found.items() if not isinstance(each[1], list)]
    print(figures.table(["", f"{plan.database}, {plan.processes}"], shown))
    print(*found["oddities"], json.dumps(found), sep="\n")
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
