"""Looking through every table of both databases for what names a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connections

SLICE = 2_000  # rows looked at by one statement; the memory it takes is the database's
SHORTEST = 3  # letters of a name that is looked for
# what holds neither text nor an id, by the beginnings of its type's name
NUMBERS = ("int", "bigint", "smallint", "bool", "real", "double", "decimal", "numeric")
TIMES = ("date", "time", "interval")


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose traces: everything in lower case."""

    user_id: UUID
    emails: tuple[str, ...] = ()
    name: str = ""

    @property
    def texts(self) -> list[str]:
        names = [self.name] if len(self.name) >= SHORTEST else []
        return [str(self.user_id), self.user_id.hex, *self.emails, *names]

    @property
    def certain(self) -> list[bytes]:
        """What is theirs wherever it stands, as bytes of a file."""
        own = [str(self.user_id), self.user_id.hex, *self.emails]
        return [self.user_id.bytes, *(text.encode() for text in own)]

    def is_in(self, text: str) -> bool:
        """Certainly: a name may be somebody else's, and an address the end of one."""
        text = text.lower()
        if str(self.user_id) in text or self.user_id.hex in text:
            return True
        return any(
            re.search(rf"(?<![\w.+-]){re.escape(email)}(?![\w-])", text)
            for email in self.emails
        )


@dataclass(frozen=True, slots=True)
class Table:
    database: str
    name: str
    columns: tuple[str, ...]  # that may hold text
    binary: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.name if self.database == "default" else f"keys.{self.name}"


@dataclass(slots=True)
class Found:
    """Rows by ``table.column``."""

    traces: dict[str, int]
    namesakes: dict[str, int]  # the name alone: theirs or another's
    rows: int = 0
    tables: int = 0


def tables() -> Iterator[Table]:
    """All of them, those of extensions and of the index too."""
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            names = connections[alias].introspection.table_names(cursor)
            names = sorted({*names} - _virtual(alias, cursor))
            found = [(name, _columns(alias, cursor, name)) for name in names]
        for name, columns in found:
            texts = tuple(column for column, kind in columns if kind == "text")
            binary = tuple(column for column, kind in columns if kind == "binary")
            if texts or binary:
                yield Table(alias, name, texts, binary)


def search(
    sought: Sought,
    but: Callable[[str, str], bool] = lambda table, column: False,
    beat: Callable[[], object] = lambda: None,
) -> Found:
    """``but``: columns where the id is as it should be. ``beat`` is called between two
    slices.
    """
    found = Found({}, {})
    for table in tables():
        found.tables += 1
        for rows in _slices(sought, table, found):
            for row in rows:
                _judge(sought, table, row, but, found)
            beat()
    return found


def _judge(
    sought: Sought,
    table: Table,
    row: Sequence[Any],
    but: Callable[[str, str], bool],
    found: Found,
) -> None:
    for column, value in zip(table.columns + table.binary, row, strict=True):
        place = f"{table.label}.{column}"
        if but(table.label, column) or value is None:
            continue
        if _is_trace(sought, value):
            found.traces[place] = found.traces.get(place, 0) + 1
        elif isinstance(value, str) and _has_name(sought, value):
            found.namesakes[place] = found.namesakes.get(place, 0) + 1


def _is_trace(sought: Sought, value: Any) -> bool:
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        return any(each in data for each in sought.certain)
    return sought.is_in(str(value))


def _has_name(sought: Sought, text: str) -> bool:
    return len(sought.name) >= SHORTEST and sought.name in text.lower()


def _slices(sought: Sought, table: Table, found: Found) -> Iterator[list[Any]]:
    """Rows in which the database sees any of it, a stretch of the table at a time."""
    connection = connections[table.database]
    is_postgres = connection.vendor == "postgresql"
    walk = _PostgresWalk if is_postgres else _SqliteWalk
    yield from walk(connection, sought, table).slices(found)


class _Walk:
    def __init__(self, connection: Any, sought: Sought, table: Table) -> None:
        self._connection, self._sought, self._table = connection, sought, table
        quote = connection.ops.quote_name
        self._name = quote(table.name)
        self._texts = [quote(each) for each in table.columns]
        self._binary = [quote(each) for each in table.binary]

    def _condition(self, text: str, binary: str) -> tuple[str, list[Any]]:
        parts: list[str] = []
        values: list[Any] = []
        for column in self._texts:
            for needle in self._sought.texts:
                parts.append(text.format(column=column))
                values.append(needle)
        for column in self._binary:
            for certain in self._sought.certain:
                parts.append(binary.format(column=column))
                values.append(certain)
        return " OR ".join(parts), values

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())


class _SqliteWalk(_Walk):
    def slices(self, found: Found) -> Iterator[list[Any]]:
        condition, values = self._condition(
            "instr(lower(CAST({column} AS TEXT)), %s) > 0",
            "instr(CAST({column} AS BLOB), %s) > 0",
        )
        columns = ", ".join(self._texts + self._binary)
        if not self._has_rowid():
            sql = f"SELECT {columns} FROM {self._name} WHERE {condition}"  # noqa: S608
            found.rows += self._rows(f"SELECT count(*) FROM {self._name}", [])[0][0]  # noqa: S608
            yield self._rows(sql, values)
            return
        last = -(2**63)
        while stretch := self._stretch(last):
            count, end = stretch
            sql = (
                f"SELECT {columns} FROM {self._name}"  # noqa: S608
                f" WHERE rowid > %s AND rowid <= %s AND ({condition})"
            )
            yield self._rows(sql, [last, end, *values])
            found.rows += count
            last = end

    def _stretch(self, last: int) -> tuple[int, int] | None:
        sql = (
            "SELECT count(*), max(rowid) FROM (SELECT rowid FROM"  # noqa: S608
            f" {self._name} WHERE rowid > %s ORDER BY rowid LIMIT {SLICE})"
        )
        count, end = self._rows(sql, [last])[0]
        return (count, end) if count else None

    def _has_rowid(self) -> bool:
        try:
            self._rows(f"SELECT rowid FROM {self._name} LIMIT 1", [])  # noqa: S608
        except DatabaseError:
            return False
        return True


class _PostgresWalk(_Walk):
    PAGES = 500  # of 8 KB, in a stretch

    def slices(self, found: Found) -> Iterator[list[Any]]:
        condition, values = self._condition(
            "position(%s in lower({column}::text)) > 0",
            "position(%s::bytea in {column}) > 0",
        )
        columns = ", ".join([f"{each}::text" for each in self._texts] + self._binary)
        size = self._rows(
            "SELECT pg_relation_size(%s::regclass)"
            " / current_setting('block_size')::int",
            [self._name],
        )[0][0]
        for page in range(0, size, self.PAGES):
            here = "ctid >= %s::tid AND ctid < %s::tid"
            ends = [f"({page},0)", f"({page + self.PAGES},0)"]
            sql = (
                f"SELECT {columns} FROM {self._name}"  # noqa: S608
                f" WHERE {here} AND ({condition})"
            )
            count = f"SELECT count(*) FROM {self._name} WHERE {here}"  # noqa: S608
            found.rows += self._rows(count, ends)[0][0]
            yield self._rows(sql, [*ends, *values])


def _virtual(alias: str, cursor: Any) -> set[str]:
    """What is only a way to look at other tables, which are searched."""
    if connections[alias].vendor == "postgresql":
        return set()
    cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%%'")
    return {name for (name,) in cursor.fetchall()}


def _columns(alias: str, cursor: Any, table: str) -> list[tuple[str, str]]:
    if connections[alias].vendor == "postgresql":
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = ANY (current_schemas(false)) AND table_name = %s",
            [table],
        )
    else:
        cursor.execute("SELECT name, type FROM pragma_table_info(%s)", [table])
    return [(name, _kind(kind.lower())) for name, kind in cursor.fetchall()]


def _kind(type_name: str) -> str:
    if type_name.startswith(NUMBERS + TIMES):
        return "number"
    if type_name in ("blob", "bytea"):
        return "binary"
    return "number" if type_name.startswith(("array", "user-defined")) else "text"
