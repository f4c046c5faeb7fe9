"""Vectors left to PostgreSQL's extension pgvector (0.8 or newer), unsealed.

For more text than is compared one by one. The table is made by the first vector: how
long they are depends on the model. It goes with the entries, by its foreign key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from conversations.core.embeddings import Vectors
from conversations.index.comparison import Spread
from conversations.models import IndexEntry, Vector

TABLE = "conversations_openvector"
MOST_INDEXED = 4000  # dimensions that pgvector indexes at half precision
MOST_SCANNED = 100_000  # rows of others that a search passes on its way to a person's
SAMPLE = 2000  # of a person's vectors, to tell how near is near
_LOCK = 0x766563746F72  # "vector": two processes do not make the table at once

_MAKE = f"""
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS {TABLE} (
    entry_id bigint PRIMARY KEY
             REFERENCES conversations_indexentry (id) ON DELETE CASCADE,
    owner_id uuid NOT NULL,
    model varchar(120) NOT NULL,
    embedding halfvec
);
CREATE INDEX IF NOT EXISTS openvectors_of_owner ON {TABLE} (owner_id, model)
"""
_INDEX = """
CREATE INDEX IF NOT EXISTS {name} ON {table}
 USING hnsw ((embedding::halfvec({size})) halfvec_cosine_ops) WHERE model = %s
"""
_PUT = f"""
INSERT INTO {TABLE} (entry_id, owner_id, model, embedding)
VALUES (%s, %s, %s, %s::halfvec)
    ON CONFLICT (entry_id) DO UPDATE
   SET model = excluded.model, embedding = excluded.embedding
"""  # noqa: S608 - a constant
_LACKING = f"""
NOT EXISTS (SELECT 1 FROM {TABLE} v
             WHERE v.entry_id = conversations_indexentry.id AND v.model = %s)
"""  # noqa: S608
# In the order of the index, roughly: a search that finds others' rows goes on.
_SEARCH = f"""
SET LOCAL hnsw.iterative_scan = relaxed_order;
SET LOCAL hnsw.max_scan_tuples = {MOST_SCANNED};
SET LOCAL hnsw.ef_search = {{ef_search}}
"""
_COSINES = """
SELECT entry_id, 1 - (embedding::halfvec({size}) <=> %s::halfvec({size})) AS cosine
  FROM {table}
 WHERE model = %s AND owner_id = %s AND embedding IS NOT NULL
"""
_NEAREST = f"{_COSINES} ORDER BY embedding::halfvec({{size}}) <=> %s::halfvec({{size}})"
_SPREAD = f"SELECT avg(cosine), stddev_pop(cosine) FROM ({_COSINES} LIMIT %s) c"  # noqa: S608


class OpenVectors:
    """The ``VectorIndex`` of ``VECTOR_INDEX=pgvector``."""

    def lacking(
        self, entries: QuerySet[IndexEntry], model: str
    ) -> QuerySet[IndexEntry]:
        if not _is_there(TABLE):
            return entries
        lacks = RawSQL(_LACKING, [model], output_field=BooleanField())  # noqa: S611
        return entries.filter(lacks)

    def put(
        self, made: Sequence[tuple[IndexEntry, Vectors | None]], model: str
    ) -> None:
        for size in {vector.size for _, vector in made if vector is not None} or {0}:
            _make(model, size)
        rows = [(e.id, e.owner_id, model, _written(vector)) for e, vector in made]
        with connection.cursor() as cursor:
            cursor.executemany(_PUT, rows)
        Vector.objects.filter(entry__in=[entry for entry, _ in made]).delete()

    def drop(self, entries: Sequence[IndexEntry]) -> None:
        if _is_there(TABLE):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {TABLE} WHERE entry_id = ANY(%s)",  # noqa: S608
                    [[entry.id for entry in entries]],
                )

    def compare(self, owner: UUID, question: Vectors, model: str) -> _InDatabase:
        return _InDatabase(owner, question, model)

    def tidy(self) -> None:
        """What is sealed of an entry goes when its open vector comes."""


class _InDatabase:
    """A ``Comparison`` with those that are asked for."""

    def __init__(self, owner: UUID, question: Vectors, model: str) -> None:
        self._size = question.size
        self._question = _written(question)
        self._whose = [self._question, model, owner]

    def nearest(self, at_most: int) -> list[tuple[int, float]]:
        if at_most < 1:
            return []
        search = _SEARCH.format(ef_search=min(max(at_most, 40), 1000))
        query = f"{_NEAREST} LIMIT %s"
        found = self._asked(query, [*self._whose, self._question, at_most], search)
        return sorted(((n, float(c)) for n, c in found), key=lambda row: -row[1])

    def cosines(self, numbers: Sequence[int]) -> Vectors:
        wanted = [int(number) for number in numbers]
        query = f"{_COSINES} AND entry_id = ANY(%s)"
        found = dict(self._asked(query, [*self._whose, wanted]))
        return np.array([found.get(number, np.nan) for number in wanted], np.float32)

    def spread(self) -> Spread:
        ((mean, deviation),) = self._asked(_SPREAD, [*self._whose, SAMPLE]) or [(0, 0)]
        return Spread(float(mean or 0), float(deviation or 0))

    def _asked(
        self, query: str, values: list[Any], before: str = ""
    ) -> list[tuple[Any, Any]]:
        if not _is_there(TABLE):
            return []
        with transaction.atomic(), connection.cursor() as cursor:
            if before:
                cursor.execute(before)
            cursor.execute(query.format(size=self._size, table=TABLE), values)
            return cursor.fetchall()


def drop_all() -> None:
    """Remove every open vector: another index has been chosen."""
    if _is_there(TABLE):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def _make(model: str, size: int) -> None:
    """The table, and the index of a model's vectors, if they are not there."""
    name = _index_of(model, size)
    if _is_there(name if 0 < size <= MOST_INDEXED else TABLE):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_MAKE)
        if 0 < size <= MOST_INDEXED:
            index = _INDEX.format(name=name, table=TABLE, size=size)
            cursor.execute(connection.ops.compose_sql(index, [model]))


def _index_of(model: str, size: int) -> str:
    told = hashlib.blake2b(f"{size} {model}".encode(), digest_size=8)
    return f"openvectors_{told.hexdigest()}"


def _is_there(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])


def _written(vector: Vectors | None) -> str | None:
    if vector is None:
        return None
    return "[" + ",".join(f"{number:.6g}" for number in vector.tolist()) + "]"
