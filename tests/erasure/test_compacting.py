"""The database's files forget what the tables have forgotten."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from accounts.erasure import compacting, looking
from accounts.erasure.compacting import compact, cut_log
from accounts.models import User
from tests.base import make_person
from tests.erasure.watching import database_files, found_in

pytestmark = pytest.mark.django_db(transaction=True)
needs_files = pytest.mark.skipif(connection.vendor != "sqlite", reason="no files")
NEEDLE = b"a-needle-in-the-hay"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of its own, in the place of the content's."""
    path = tmp_path / "some.sqlite3"
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(path))
    return path


@pytest.fixture
def database(place: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(place, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("PRAGMA secure_delete=ON")
        yield opened


def with_a_remnant(database: sqlite3.Connection) -> bytes:
    """An owner whose rows were deleted, and of whom an index keeps a copy in a gap. It
    takes some rows until a page is split at the right moment.
    """
    chance = random.Random(0)
    database.execute("CREATE TABLE m (id char(32) PRIMARY KEY, owner char(32), b blob)")
    database.execute("CREATE INDEX o ON m (owner, id)")
    owners = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(40)]
    database.execute("BEGIN")
    for number in range(30_000):
        owner = chance.choice(owners)
        key = uuid.UUID(int=(number << 80) | chance.getrandbits(80)).hex
        size = chance.randint(10, 600)
        database.execute("INSERT INTO m VALUES (?, ?, ?)", [key, owner, bytes(size)])
        if number % 100 == 99:
            database.execute("COMMIT")
            database.execute("BEGIN")
    database.execute("COMMIT")
    for owner in owners:
        database.execute("DELETE FROM m WHERE owner = ?", [owner])
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if owner.encode() in file_of(database).read_bytes():
            return owner.encode()
    raise AssertionError("no page was split in such a way")


def file_of(database: sqlite3.Connection) -> Path:
    return Path(database.execute("PRAGMA database_list").fetchone()[2])


@needs_files
def test_a_copy_in_a_gap_of_a_page_is_written_over(
    database: sqlite3.Connection, place: Path
) -> None:
    """SQLite's secure_delete alone leaves it: that is why files are searched."""
    owner = with_a_remnant(database)

    assert compact("default", [owner]) == 0

    assert owner not in place.read_bytes()
    (rows,) = database.execute("SELECT count(*) FROM m").fetchone()
    assert rows > 0
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@needs_files
@pytest.mark.parametrize(
    ("names", "anew"),
    [
        (["i"], ['REINDEX "i"']),
        (
            ["i", "sqlite_autoindex_t_1"],
            ['REINDEX "i"', 'REINDEX "sqlite_autoindex_t_1"'],
        ),
        (["t"], ["VACUUM"]),
        (["i", "t"], ["VACUUM"]),
    ],
)
def test_no_more_is_written_anew_than_has_the_copy(
    database: sqlite3.Connection, names: list[str], anew: list[str]
) -> None:
    database.execute("CREATE TABLE t (id text PRIMARY KEY, words text)")
    database.execute("CREATE INDEX i ON t (words)")
    database.execute("INSERT INTO t VALUES ('1', 'some')")
    pages = dict(database.execute("SELECT name, pageno FROM dbstat"))
    said: list[str] = []
    database.set_trace_callback(said.append)

    compacting._write_anew(database, [pages[name] for name in names])

    assert [each for each in said if each.startswith(("REINDEX", "VACUUM"))] == anew


@needs_files
def test_what_is_in_a_table_is_reported_and_not_removed(
    database: sqlite3.Connection,
) -> None:
    database.execute("CREATE TABLE t (words text)")
    database.execute("INSERT INTO t VALUES (?)", [NEEDLE.decode()])

    assert compact("default", [NEEDLE]) == 1

    assert database.execute("SELECT words FROM t").fetchone() == (NEEDLE.decode(),)


@needs_files
def test_the_log_is_cut(alice: User) -> None:
    alice.name = NEEDLE.decode()
    alice.save()
    alice.name = ""
    alice.save()
    log = [file for file in database_files("default") if file.name.endswith("-wal")]
    assert found_in(log, [NEEDLE])

    assert cut_log("default")

    assert [file.stat().st_size for file in log] == [0]
    assert found_in(database_files("default"), [NEEDLE]) == []


@needs_files
def test_a_reader_in_the_way_is_not_waited_for_for_ever(
    database: sqlite3.Connection, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "PATIENCE", 0.01)
    database.execute("CREATE TABLE t (words text)")
    with closing(sqlite3.connect(place, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM t").fetchone()
        database.execute("INSERT INTO t VALUES ('more')")

        assert not cut_log("default")

    assert cut_log("default")


@needs_files
def test_others_do_not_take_the_database_for_closed(
    database: sqlite3.Connection, place: Path
) -> None:
    """A process that reads its own database's file loses SQLite's locks on it as it
    closes it; then another takes the log for nobody's, and what is written is lost.
    """
    database.execute("CREATE TABLE t (words text)")

    compact("default", [NEEDLE])

    comes_and_goes = (
        "import sqlite3, sys; opened = sqlite3.connect(sys.argv[1]);"
        "opened.execute('SELECT count(*) FROM t').fetchall(); opened.close()"
    )
    subprocess.run([sys.executable, "-c", comes_and_goes, place], check=True)
    database.execute("INSERT INTO t VALUES ('written after')")
    look = (
        "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", look, place, "SELECT words FROM t"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert seen.stdout == "('written after',)\n"


@pytest.mark.parametrize("at", [0, 1, 60, 61, 62, 63, 64, 65, 128, 200])
def test_a_needle_across_two_pieces_is_found_once(tmp_path: Path, at: int) -> None:
    file = tmp_path / "hay"
    file.write_bytes(b"." * at + NEEDLE + b"." * (230 - at))

    assert list(looking.places(str(file), [NEEDLE, b"short"], piece=64)) == [at]
    assert compacting._places(file, [NEEDLE, b"short"], lambda: None) == [at]


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert compacting._places(tmp_path / "none", [NEEDLE], lambda: None) == []


def test_a_file_that_cannot_be_read_is_not_taken_for_clean(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be searched"):
        compacting._places(tmp_path, [NEEDLE], lambda: None)


def test_whoever_waits_for_a_search_goes_on_living(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "A_WHILE", 0.001)
    (tmp_path / "hay").write_bytes(b"." * 20_000_000 + NEEDLE)
    beats: list[None] = []

    found = compacting._places(tmp_path / "hay", [NEEDLE], lambda: beats.append(None))

    assert found == [20_000_000]
    assert beats


@pytest.mark.database
def test_it_is_refused_inside_a_transaction(alice: User) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        compact("default", [NEEDLE])


@pytest.mark.database
def test_a_database_that_was_compacted_works_on(alice: User) -> None:
    assert compact("default", [NEEDLE]) == 0
    assert compact("keys", [], anew=True) == 0

    assert make_person("Maya").pk
