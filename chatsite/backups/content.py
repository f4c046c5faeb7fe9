"""The content's database, whole: into a file and back. One class each database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import connections

PAGES = 2_000  # copied between two looks at the bar
PATIENCE = 1.0  # seconds with whoever else has the database open
# parameters of a connection, as PostgreSQL's own programs read them
PG_NAMES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
}
Seen = Callable[[int], object]


class Trouble(Exception):
    """Says why it did not work, in a sentence."""


class InUse(Trouble):
    """Something has the database open."""


class Content(Protocol):
    file: str  # its name inside a backup

    def size(self) -> int:
        """About so many bytes."""
        ...

    def save(self, to: Path, seen: Seen) -> None:
        """A consistent copy, while others read and write."""
        ...

    def check_unused(self) -> None:
        """Raises ``InUse``."""
        ...

    def load(self, saved: Path, seen: Seen) -> None:
        """All of it or nothing, in place of what is there. Raises ``InUse``."""
        ...


def content() -> Content:
    vendor = connections["default"].vendor
    return PostgresContent() if vendor == "postgresql" else SqliteContent()


class SqliteContent:
    file = "content/chat.sqlite3"

    def __init__(self) -> None:
        self._path = Path(str(connections["default"].settings_dict["NAME"]))

    def size(self) -> int:
        return self._path.stat().st_size

    def save(self, to: Path, seen: Seen) -> None:
        source = sqlite3.connect(
            f"file:{self._path}?mode=ro", uri=True, isolation_level=None
        )
        with closing(source), closing(sqlite3.connect(to)) as copy:
            # one view of it to the end: without it a busy database is begun anew with
            # every write, and never done
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            _copy(source, copy, seen)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole
            (state,) = copy.execute("PRAGMA quick_check").fetchone()
            if state != "ok":
                raise Trouble(f"The database is damaged: {state}")

    def check_unused(self) -> None:
        if self._path.exists():
            with self._alone():
                pass

    def load(self, saved: Path, seen: Seen) -> None:
        source = sqlite3.connect(f"file:{saved}?mode=ro&immutable=1", uri=True)
        with closing(source), self._alone() as target:
            # in a transaction of SQLite's: killed in the middle, all is as it was
            _copy(source, target, seen)

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """Only who has it alone can take it out of the mode it is shared in."""
        connections["default"].close()
        database = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        with closing(database):
            try:
                database.execute("PRAGMA secure_delete=ON")
                database.execute("PRAGMA locking_mode=EXCLUSIVE")
                database.execute("PRAGMA journal_mode=DELETE")
                database.execute("BEGIN EXCLUSIVE")
                database.execute("COMMIT")  # the lock stays
            except sqlite3.OperationalError as problem:
                raise InUse("Something has the database open.") from problem
            yield database


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, seen: Seen) -> None:
    (size,) = source.execute("PRAGMA page_size").fetchone()
    left: list[int] = []

    def progress(status: int, remaining: int, total: int) -> None:
        before = left[-1] if left else total
        left.append(remaining)
        seen((before - remaining) * size)

    source.backup(target, pages=PAGES, progress=progress)


class PostgresContent:
    file = "content/chat.dump"

    def size(self) -> int:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])

    def save(self, to: Path, seen: Seen) -> None:
        self._run("pg_dump", "--format=custom", "--no-owner", f"--file={to}")
        seen(self.size())

    def check_unused(self) -> None:
        self._leave()
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute(others)
                (count,) = cursor.fetchone()
            own = self._own_connections()
        finally:
            self._leave()
        if count > own:
            raise InUse(f"{count - own} others have the database open.")

    def load(self, saved: Path, seen: Seen) -> None:
        self.check_unused()
        self._run(
            "pg_restore",
            "--clean",
            "--if-exists",
            "--single-transaction",
            "--no-owner",
            f"--dbname={self._parameters()['dbname']}",
            str(saved),
        )
        seen(self.size())

    def _own_connections(self) -> int:
        """A pool opens more than it was asked for."""
        pool = connections["default"].pool
        return pool.get_stats()["pool_size"] - 1 if pool else 0

    def _leave(self) -> None:
        connections["default"].close()
        connections["default"].close_pool()

    def _parameters(self) -> dict[str, Any]:
        return connections["default"].get_connection_params()

    def _run(self, program: str, *words: str) -> None:
        found = shutil.which(program)
        if found is None:
            raise Trouble(
                f"{program} is needed and not installed: it comes with PostgreSQL's"
                " client programs, in the version of the server or newer."
            )
        # not on the command line: others on this machine can read that
        known = self._parameters()
        given = {
            name: str(known[key]) for key, name in PG_NAMES.items() if known.get(key)
        }
        done = subprocess.run(  # noqa: S603 - no word of it is anybody's but ours
            [found, *words], env=os.environ | given, capture_output=True, text=True
        )
        if done.returncode:
            raise Trouble(f"{program}: {done.stderr.strip()[-1_000:]}")
