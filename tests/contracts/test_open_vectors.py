"""Vectors in PostgreSQL's pgvector, unsealed."""

from __future__ import annotations

import pytest
from django.db import connection

from conversations.index import pgvector, vector_memory
from conversations.models import Vector
from conversations.services import vectors
from tests.contracts.meaning import (
    ASKED,
    BOAT,
    TALK,
    Words,
    embed_all,
    entries_of,
    found,
    talk,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _index(settings) -> None:
    settings.VECTOR_INDEX = "pgvector"
    vector_memory.memory.clear()


@pytest.fixture
def words() -> Words:
    return Words()


def test_an_open_vector_leaves_no_sealed_one(alice, words, settings):
    talk(alice, *TALK)
    settings.VECTOR_INDEX = "scan"
    embed_all(words)
    assert Vector.objects.count() == 4
    settings.VECTOR_INDEX = "pgvector"
    assert vectors.progress(words) == vectors.Progress(0, 4)
    assert embed_all(words) == 4
    assert Vector.objects.count() == 0


def test_going_back_to_sealed_ones_leaves_no_open_one(alice, words, settings):
    talk(alice, *TALK)
    embed_all(words)
    settings.VECTOR_INDEX = "scan"
    assert embed_all(words) == 4
    assert not pgvector._is_there(pgvector.TABLE)
    assert found(alice, ASKED, words)[0] == BOAT


def test_a_search_goes_by_the_index_of_its_model(alice, bob, words):
    talk(bob, *(f"Line {n}" for n in range(50)))
    embed_all(words)
    name = pgvector._index_of("words", 64)
    wanted = pgvector._written(words.embed(["Line 7"])[0])
    query = pgvector._NEAREST.format(size=64, table=pgvector.TABLE) + " LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        values = [wanted, "words", bob.id, wanted, 5]
        cursor.execute(f"EXPLAIN {query}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Index Scan using {name}" in plan
    assert "owner_id" in plan  # filtered where the index is walked


def test_the_owner_is_filtered_while_the_index_is_walked(alice, bob, words):
    """The nearest 400 are Bob's: a search that stopped there would find nothing."""
    talk(bob, *(f"boat called Heron {n}" for n in range(400)))
    talk(alice, *TALK)
    embed_all(words)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute("DROP INDEX openvectors_of_owner")
    mine = {entry.id for entry in entries_of(alice)}
    assert {n for n, _ in vectors.nearest(alice.id, ASKED, 4, words)} == mine


def test_someone_without_anything_has_no_table(alice, words):
    assert vectors.nearest(alice.id, ASKED, 4, words) == []
    assert vectors.progress(words) == vectors.Progress(0, 0)
    vectors.forget([])
