"""Where vectors are kept and searched: one port, and what the site has chosen for it.

``conversations.index.vectors.vector_index()`` is that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db.models import QuerySet

from conversations import conf
from conversations.core.embeddings import Vectors
from conversations.index.comparison import Comparison
from conversations.index.pgvector import OpenVectors
from conversations.index.sealed_vectors import SealedVectors
from conversations.models import IndexEntry

Made = Sequence[tuple[IndexEntry, Vectors | None]]
"""Entries and their vectors; None for what has nothing to compare, and is done too."""


class VectorIndex(Protocol):
    """Vectors of entries. Those of two models are never compared; an entry has one."""

    def lacking(
        self, entries: QuerySet[IndexEntry], model: str
    ) -> QuerySet[IndexEntry]:
        """Those of the entries that have no vector of this model."""
        ...

    def put(self, made: Made, model: str) -> None:
        """Keep vectors, in place of those that the entries had; in a transaction."""
        ...

    def drop(self, entries: Sequence[IndexEntry]) -> None:
        """Forget the vectors of entries whose text is another now."""
        ...

    def compare(self, owner: UUID, question: Vectors, model: str) -> Comparison:
        """A question with the owner's vectors."""
        ...

    def tidy(self) -> None:
        """Remove what other choices of an index have left."""
        ...


INDEXES: Mapping[str, type[VectorIndex]] = {
    "scan": SealedVectors,
    "pgvector": OpenVectors,
}


def vector_index() -> VectorIndex:
    return INDEXES[conf.vector_index()]()
