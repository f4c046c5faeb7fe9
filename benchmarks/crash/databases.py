"""What the processes share: SQLite's file, or PostgreSQL with a Redis beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.crash.plan import Plan
from tests import servers

Rows = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def database(plan: Plan, var_dir: Path) -> Iterator[tuple[dict[str, str], Rows]]:
    """The product's settings for it, and a way to look into it."""
    settings = {"CHAT_MODEL": plan.models[0], "TASK_MODEL": "demo-fast"}
    if plan.database == "sqlite":
        path = var_dir / "chat.sqlite3"
        yield settings, lambda query: _rows(sqlite3.connect(path), query)
        return
    shared = servers.redis() if plan.processes > 1 else nullcontext("")
    with servers.postgres() as databases, shared as redis_url:
        settings |= {**databases, "REDIS_URL": redis_url}
        content = databases["DATABASE_URL"]
        yield settings, lambda query: _rows(psycopg.connect(content), query)


def nothing(query: str) -> list[tuple[Any, ...]]:
    """For who has no database."""
    return []


def _rows(connection: Any, query: str) -> list[tuple[Any, ...]]:
    with closing(connection):
        return connection.execute(query).fetchall()
