"""Runs the tests marked ``database`` again, on PostgreSQL.

    python -m tests.on_postgres [pytest's own words]

The server comes with requirements-dev.txt, lives in a temporary directory, listens on
a socket there, and goes with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import servers

MARK = "mark.database"


def main(words: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-m", "database", *words]
    if not any(Path(word.partition("::")[0]).exists() for word in words):
        command += marked()  # reading the other files takes longer than the tests
    with servers.postgres() as databases:
        return subprocess.run(command, env=os.environ | databases).returncode


def marked() -> list[str]:
    """The files with such tests."""
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    return [str(file) for file in files if MARK in file.read_text()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
