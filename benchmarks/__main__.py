"""All benchmarks: ``make bench``, in a quarter of an hour, or ``ARGS=--quick`` in three
minutes. Tables on the screen, JSON in ``benchmarks/results/``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import product

RESULTS = product.ROOT / "benchmarks" / "results"
ALL = {
    "start": ["start", "--repeat", "5"],
    "markdown": ["markdown"],
    "store": ["store"],
    "pages": ["pages", "--conversations", "5000"],
    "stream-text": ["stream", "--streams", "1,50,200"],
    "stream-html": ["stream", "--streams", "1,50,200", "--format", "html"],
    "rude": ["rude"],
    "context": ["context", "--sizes", "10,100,1000", "--limits", "16000"],
}
QUICK = {
    "start": ["start", "--repeat", "2"],
    "markdown": ["markdown", "--tokens", "500", "--repeat", "3"],
    "store": ["store", "--sizes", "100,2000", "--turns", "20", "--disk-turns", "100"],
    "pages": ["pages", "--conversations", "1000", "--visits", "10"],
    "stream-text": ["stream", "--streams", "1,50", "--repeat", "1"],
}


def main() -> int:
    """Run them one after another; the code tells how many failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    failed = 0
    for name, (module, *options) in (QUICK if args.quick else ALL).items():
        print(f"\n## {name}\n", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{module}", *options]
        command += ["--json", str(RESULTS / f"{name}.json")]
        failed += bool(subprocess.run(command, cwd=product.ROOT).returncode)
    return failed


if __name__ == "__main__":
    sys.exit(main())
