"""Making the database's files forget what its tables have forgotten.

SQLite overwrites what is deleted (``secure_delete``), but old pages lie in the
write-ahead log until it is cut, and a page that was once split may keep a copy of a row
that moved, in a gap. So the files themselves are searched, and what holds such a copy
is written anew. On PostgreSQL VACUUM removes dead rows; its log goes with time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from subprocess import PIPE
from typing import Any

from django.db import connections

from accounts.erasure import looking

LOOKING = Path(looking.__file__)
A_WHILE = 1.0  # seconds
TRIES, PATIENCE = 4, 5.0  # to cut the log, while readers hold it; seconds each

Beat = Callable[[], object]


def compact(
    alias: str,
    needles: Sequence[bytes],
    beat: Beat = lambda: None,
    *,
    anew: bool = False,
) -> int:
    """How often the needles still are in the database's files, when all was done.
    ``anew``: all of it is written anew, when it is not known what to look for.
    """
    connection = connections[alias]
    if connection.in_atomic_block:
        raise RuntimeError("a database is not compacted inside a transaction")
    if connection.vendor == "postgresql":
        _vacuum_postgres(connection, beat)
        return 0
    path = Path(str(connection.settings_dict["NAME"]))
    with _opened(path) as database:
        _cut_log(database, beat)
        pages = _pages_with(path, database, needles, beat)
        if anew:
            database.execute("VACUUM")
        elif pages:
            _write_anew(database, pages)
        if anew or pages:
            _cut_log(database, beat)
    return sum(_count(file, needles, beat) for file in _files(path))


def cut_log(alias: str, beat: Beat = lambda: None) -> bool:
    """Only that; whether nobody was in the way. PostgreSQL has nothing to cut."""
    connection = connections[alias]
    if connection.vendor == "postgresql" or connection.in_atomic_block:
        return connection.vendor == "postgresql"
    with _opened(Path(str(connection.settings_dict["NAME"]))) as database:
        return _cut_log(database, beat)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own: no statement of ours waits on another's cursor."""
    database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        # what is copied for a moment lies beside the database's other files, not in
        # memory: it may be large
        database.execute("PRAGMA secure_delete=ON")
        database.execute("PRAGMA temp_store=FILE")
        yield database
    finally:
        database.close()


def _cut_log(database: sqlite3.Connection, beat: Beat) -> bool:
    for _ in range(TRIES):
        busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        beat()
        if not busy:
            return True
    return False


def _pages_with(
    path: Path, database: sqlite3.Connection, needles: Sequence[bytes], beat: Beat
) -> list[int]:
    size = database.execute("PRAGMA page_size").fetchone()[0]
    return sorted({at // size + 1 for at in _places(path, needles, beat)})


def _write_anew(database: sqlite3.Connection, pages: Sequence[int]) -> None:
    """The indexes that have these pages; all of it, if a table has one of them."""
    names = _owners(database, pages)
    indexes = {
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index'"
        )
    }
    if names and names <= indexes:
        for name in sorted(names):
            database.execute(f'REINDEX "{name}"')
    else:
        database.execute("VACUUM")


def _owners(database: sqlite3.Connection, pages: Sequence[int]) -> set[str]:
    """Nothing where SQLite was built without the table that knows."""
    wanted = set(pages)
    try:
        rows = database.execute("SELECT pageno, name FROM dbstat")
        return {name for page, name in rows if page in wanted}
    except sqlite3.OperationalError:
        return set()


def _files(path: Path) -> list[Path]:
    return [path, path.with_name(path.name + "-wal")]


def _count(file: Path, needles: Sequence[bytes], beat: Beat) -> int:
    return len(_places(file, needles, beat))


def _places(file: Path, needles: Sequence[bytes], beat: Beat) -> list[int]:
    """Where in a file any of them begins. Another process looks: see there."""
    if not file.exists() or not needles:
        return []
    command = [sys.executable, "-I", str(LOOKING), str(file)]
    wanted = "\n".join(needle.hex() for needle in needles)
    with subprocess.Popen(  # noqa: S603 - no word of it is anybody's but ours
        command, stdin=PIPE, stdout=PIPE, text=True
    ) as process:
        said = _said(process, wanted, beat)
    if process.returncode:
        raise OSError(f"{file} could not be searched")
    return sorted(map(int, said.split()))


def _said(process: subprocess.Popen[str], wanted: str, beat: Beat) -> str:
    given: str | None = wanted
    while True:
        try:
            return process.communicate(given, timeout=A_WHILE)[0]
        except subprocess.TimeoutExpired:
            given = None  # it is kept by what was called
            beat()
        except BaseException:
            process.kill()
            raise


def _vacuum_postgres(connection: Any, beat: Beat) -> None:
    """Tables one by one; what the server's statistics remember is made anew too."""
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"VACUUM (ANALYZE) {connection.ops.quote_name(table)}")
            beat()
