"""An embedder without a model, and what is said to try it on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conversations.core.embeddings import Vectors, unit
from conversations.core.errors import RequestRefused, TurnError
from conversations.models import IndexEntry
from conversations.providers.demo.embeddings import embed
from conversations.services import indexing, vectors
from tests import factories

BOAT = "My boat is called Grebe."
TALK = [
    BOAT,
    "The soup needs salt.",
    "Trains to Ghent leave hourly.",
    "It rains again.",
]
ASKED = "What is my boat called?"


class Words:
    """An embedder of hashed words. ``refuses`` these, and ``fails`` if told to."""

    batch = 8

    def __init__(self, name: str = "words", dimensions: int = 64) -> None:
        self.name, self.dimensions = name, dimensions
        self.refuses: set[str] = set()
        self.fails: TurnError | None = None
        self.asked: list[tuple[int, bool]] = []

    def embed(self, texts: Sequence[str], *, hurry: bool = False) -> Vectors:
        self.asked.append((len(texts), hurry))
        if self.fails:
            raise self.fails
        if self.refuses & set(texts):
            raise RequestRefused
        return unit(np.array([embed(text, self.dimensions) for text in texts]))

    def close(self) -> None: ...


def talk(person, *texts: str):
    conversation = factories.create_conversation(person)
    said = [factories.create_message(conversation, text) for text in texts]
    indexing.put_messages(said)
    return conversation


def entries_of(person) -> list[IndexEntry]:
    return list(IndexEntry.objects.filter(owner_id=person.id).order_by("id"))


def embed_all(embedder, owner=None) -> int:
    missing = vectors.Missing(embedder, owner)
    done = 0
    while some := missing.index_some():
        done += some
    return done


def found(person, question, embedder, at_most=3) -> list[str]:
    near = vectors.nearest(person.id, question, at_most, embedder)
    entries = IndexEntry.objects.select_related("message", "passage").in_bulk(
        [number for number, _ in near]
    )
    told = [entries[number] for number, _ in near]
    return [(each.message or each.passage).body for each in told]
