"""Runs the tests marked ``database`` again, on PostgreSQL.

    python -m tests.on_postgres [pytest's own words]

The server comes with requirements-dev.txt, lives in a temporary directory, listens on
a socket there, and goes with it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import servers


def main(words: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-m", "database", *words]
    with servers.postgres() as databases:
        return subprocess.run(command, env=os.environ | databases).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
