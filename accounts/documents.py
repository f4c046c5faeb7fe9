"""Rows as JSON documents: read by key in batches, told column by column.

What is not left out by name is told, so a column that is added later is in the export
before anybody thinks of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from accounts.personal_data import Document, Export, Rows

BATCH = 200  # rows read at once


def table(path: str, rows: Rows, without: Iterable[str] = ()) -> Export:
    """All of a person's rows as one list, without these columns."""
    left_out = frozenset(without)

    def export(user_id: UUID) -> Iterator[Document]:
        found = by_key(rows.of(user_id))
        yield listed(path, ([told(row, left_out) for row in some] for some in found))

    return export


def listed(path: str, batches: Iterable[list[dict[str, Any]]]) -> Document:
    """One JSON array, a piece for each batch; it counts its rows as they are told."""
    document = Document(path, ())
    document.pieces = _array(document, batches)
    return document


def by_key(rows: QuerySet[Any], at_once: int = BATCH) -> Iterator[list[Any]]:
    """In the order of their keys. No cursor stays open between two batches, so rows may
    come and go, and connections be closed, meanwhile.
    """
    rows = rows.order_by("pk")
    batch = list(rows[:at_once])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:at_once])


def told(row: Model, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A row's columns by their names, as JSON knows them."""
    names = (field.attname for field in row._meta.concrete_fields)
    return {name: plain(getattr(row, name)) for name in names if name not in without}


def plain(value: Any) -> Any:
    """``value`` as JSON has it; numbers of money as text, so that they stay exact."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case bytes() | memoryview():
            raise TypeError("bytes are no text: leave that column out")
    return value


def _array(document: Document, batches: Iterable[list[dict[str, Any]]]) -> Any:
    comma = "[\n"
    for batch in batches:
        if batch:
            document.rows += len(batch)
            lines = ",\n".join(map(json.dumps, batch))
            yield f"{comma}{lines}".encode()
            comma = ",\n"
    yield b"\n]\n" if document.rows else b"[]\n"
