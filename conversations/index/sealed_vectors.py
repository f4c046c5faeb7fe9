"""Vectors sealed like the text they are of, and compared in memory, a person at a time.

Opening is what takes time, so a person's are opened once and then only what is new:
10,000 take 50 ms, and a comparison with all of them then takes 2 ms.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from accounts import keyring
from chatsite.lib.crypto import CannotOpen, open_bytes, seal_bytes
from conversations.core.embeddings import (
    Packed,
    Vectors,
    cosines,
    greatest,
    packed,
    unpacked,
)
from conversations.index import pgvector
from conversations.index.comparison import Spread
from conversations.index.vector_memory import KEPT_SECONDS, Held, memory
from conversations.models import IndexEntry, Vector

TOGETHER = 500  # entries that are asked for by their numbers at once


class SealedVectors:
    """The ``VectorIndex`` that works with every database."""

    def lacking(
        self, entries: QuerySet[IndexEntry], model: str
    ) -> QuerySet[IndexEntry]:
        has = Vector.objects.filter(entry=OuterRef("pk"), model=model)
        return entries.filter(~Exists(has))

    def put(
        self, made: Sequence[tuple[IndexEntry, Vectors | None]], model: str
    ) -> None:
        Vector.objects.bulk_create(
            [
                Vector(
                    entry=entry,
                    owner_id=entry.owner_id,
                    model=model,
                    sealed=_sealed(entry, vector, model),
                )
                for entry, vector in made
            ],
            update_conflicts=True,
            unique_fields=["entry"],
            update_fields=["model", "sealed"],
        )
        _forget_held(entry for entry, _ in made)

    def drop(self, entries: Sequence[IndexEntry]) -> None:
        Vector.objects.filter(entry__in=entries).delete()
        _forget_held(entries)

    def compare(self, owner: UUID, question: Vectors, model: str) -> _InMemory:
        return _InMemory(_held(owner, model, question.size), question)

    def tidy(self) -> None:
        if connection.vendor == "postgresql":
            pgvector.drop_all()


class _InMemory:
    """A ``Comparison`` with all of them at once."""

    def __init__(self, held: Held, question: Vectors) -> None:
        comparable = held.rows["factor"] > 0
        self._ids = held.ids[comparable]
        self._cosines = cosines(held.rows, question)[comparable]

    def nearest(self, at_most: int) -> list[tuple[int, float]]:
        places = greatest(self._cosines, at_most)
        found = zip(self._ids[places], self._cosines[places], strict=True)
        return [(int(number), float(cosine)) for number, cosine in found]

    def cosines(self, numbers: Sequence[int]) -> Vectors:
        wanted = np.asarray(numbers, np.int64)
        found = np.full(len(wanted), np.nan, np.float32)
        places = np.searchsorted(self._ids, wanted)
        there = np.isin(wanted, self._ids)
        found[there] = self._cosines[places[there]]
        return found

    def spread(self) -> Spread:
        if not len(self._cosines):
            return Spread(0.0, 0.0)
        return Spread(float(self._cosines.mean()), float(self._cosines.std()))


def _held(owner: UUID, model: str, dimensions: int) -> Held:
    """All the person's vectors, read as far as they were not yet in memory.

    How many there are and which is the newest tells of nearly every change by another
    process; a vector that was replaced is told by time: ``KEPT_SECONDS``.
    """
    place = (owner, model, dimensions)
    stored = Vector.objects.filter(owner_id=owner, model=model)
    told = stored.aggregate(count=Count("*"), newest=Max("entry_id"))
    held = memory.get(place) or _nothing(dimensions)
    if (len(held.ids), held.newest) == (told["count"], told["newest"] or 0):
        return held
    fresh = _read(stored.filter(entry_id__gt=held.newest), owner, model, dimensions)
    if len(held.ids) + len(fresh.ids) == told["count"]:
        held = held.and_also(fresh)
    else:  # some are gone, or were made late
        held = _in_step(held, stored, owner, model, dimensions)
    memory.put(place, held)
    return held


def _in_step(
    held: Held, stored: QuerySet[Vector], owner: UUID, model: str, dimensions: int
) -> Held:
    there = np.fromiter(stored.values_list("entry_id", flat=True), np.int64)
    held = held.only(np.isin(held.ids, there))
    late = there[~np.isin(there, held.ids)].tolist()
    for start in range(0, len(late), TOGETHER):
        some = stored.filter(entry_id__in=late[start : start + TOGETHER])
        held = held.and_also(_read(some, owner, model, dimensions))
    return held


def _read(rows: QuerySet[Vector], owner: UUID, model: str, dimensions: int) -> Held:
    found = list(rows.values_list("entry_id", "sealed").order_by("entry_id"))
    opened = _opened(found, owner, model, dimensions)
    until = time.monotonic() + KEPT_SECONDS
    return Held(np.array([number for number, _ in found], np.int64), opened, until)


def _opened(
    found: list[tuple[int, bytes]], owner: UUID, model: str, dimensions: int
) -> Packed:
    """A row each; of zeros, which is near to nothing, for what cannot be compared."""
    nothing = packed(np.zeros(dimensions, np.float32))
    try:
        key = keyring.data_key(owner)
    except CannotOpen:
        return unpacked([nothing] * len(found), dimensions)
    rows = []
    for number, sealed in found:
        try:
            row = open_bytes(key, bytes(sealed), _place(owner, number, model))
        except CannotOpen:
            row = nothing
        rows.append(row if len(row) == len(nothing) else nothing)
    return unpacked(rows, dimensions)


def _sealed(entry: IndexEntry, vector: Vectors | None, model: str) -> bytes:
    if vector is None:
        return b""
    place = _place(entry.owner_id, entry.id, model)
    return seal_bytes(entry.sealing_key(), packed(vector), place)


def _place(owner: UUID, entry: int, model: str) -> str:
    return f"{Vector._meta.db_table}|{owner}|{entry}|{model}"


def _nothing(dimensions: int) -> Held:
    rows = unpacked([], dimensions)
    return Held(np.array([], np.int64), rows, time.monotonic() + KEPT_SECONDS)


def _forget_held(entries: Iterable[IndexEntry]) -> None:
    memory.forget((entry.owner_id, entry.id) for entry in entries)
