"""Vectors sealed in the database and compared in memory."""

from __future__ import annotations

import pytest

from accounts import keyring
from accounts.models import DataKey
from chatsite.lib.crypto import CannotOpen, open_bytes
from conversations.index import sealed_vectors, vector_memory
from conversations.models import Vector
from conversations.services import catalogue, vectors
from tests.contracts.meaning import ASKED, BOAT, TALK, Words, embed_all, talk

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _index(settings) -> None:
    settings.VECTOR_INDEX = "scan"
    vector_memory.memory.clear()


@pytest.fixture
def words() -> Words:
    return Words()


def test_a_search_asks_the_database_once(alice, words, django_assert_num_queries):
    talk(alice, *TALK)
    embed_all(words)
    vectors.nearest(alice.id, ASKED, 3, words)
    with django_assert_num_queries(1):
        vectors.nearest(alice.id, ASKED, 3, words)
    talk(alice, *TALK * 5)
    embed_all(words)
    with django_assert_num_queries(2):  # and for what is new
        vectors.nearest(alice.id, ASKED, 3, words)


@pytest.mark.parametrize("rows", [1, 7])
def test_a_batch_is_few_queries(alice, words, rows, django_assert_num_queries):
    talk(alice, *(f"Line {n}" for n in range(rows)))
    keyring.data_key(alice.id)
    missing = vectors.missing("words")
    catalogue.card("words")  # read once in a while
    # savepoint, who is unchanged, the rows, release
    with django_assert_num_queries(4):
        vectors.store(missing, words)


def test_a_vector_is_sealed_for_its_owner_entry_and_model(alice, bob, words):
    talk(alice, BOAT)
    embed_all(words)
    row = Vector.objects.get()
    key = keyring.data_key(alice.id)
    place = sealed_vectors._place(row.owner_id, row.entry_id, row.model)
    sealed = bytes(row.sealed)
    assert len(open_bytes(key, sealed, place)) == 64 + 4
    elsewhere = [
        (key, sealed_vectors._place(bob.id, row.entry_id, row.model)),
        (key, sealed_vectors._place(alice.id, row.entry_id + 1, row.model)),
        (key, sealed_vectors._place(alice.id, row.entry_id, "other")),
        (keyring.data_key(bob.id), place),
    ]
    for other_key, other_place in elsewhere:
        with pytest.raises(CannotOpen):
            open_bytes(other_key, sealed, other_place)


def test_a_row_that_was_moved_or_spoiled_is_near_to_nothing(alice, words):
    talk(alice, *TALK)
    embed_all(words)
    first, second, third, _ = Vector.objects.order_by("entry_id")
    Vector.objects.filter(pk=first.pk).update(sealed=second.sealed)
    Vector.objects.filter(pk=third.pk).update(sealed=b"spoiled")
    near = vectors.nearest(alice.id, ASKED, 9, words)
    assert first.pk not in dict(near)
    assert third.pk not in dict(near)
    assert len(near) == 2


def test_a_key_destroyed_opens_nothing_more(alice, words, monkeypatch):
    talk(alice, *TALK)
    embed_all(words)
    assert vectors.nearest(alice.id, ASKED, 9, words)
    DataKey.objects.filter(user_id=alice.id).delete()
    keyring.forget(alice.id)
    now = vector_memory.time.monotonic()
    monkeypatch.setattr(
        vector_memory.time, "monotonic", lambda: now + vector_memory.KEPT_SECONDS + 1
    )
    assert vectors.nearest(alice.id, ASKED, 9, words) == []


def test_memory_is_bounded_in_bytes(alice, bob, words, monkeypatch):
    talk(alice, *TALK)
    talk(bob, *TALK)
    embed_all(words)
    held = vector_memory.memory._held
    vectors.nearest(alice.id, ASKED, 1, words)
    one = next(iter(held.values())).bytes
    assert one == 4 * (64 + 4 + 8)
    monkeypatch.setattr(vector_memory, "MOST_BYTES", 2 * one)
    vectors.nearest(bob.id, ASKED, 1, words)
    assert [owner for owner, *_ in held] == [alice.id, bob.id]
    monkeypatch.setattr(vector_memory, "MOST_BYTES", 2 * one - 1)
    vectors.nearest(alice.id, ASKED, 1, words)
    talk(alice, "A fifth.")
    embed_all(words)
    vectors.nearest(alice.id, ASKED, 1, words)
    assert [owner for owner, *_ in held] == [alice.id]


def test_what_is_too_much_for_memory_alone_is_held_alone(alice, words, monkeypatch):
    monkeypatch.setattr(vector_memory, "MOST_BYTES", 1)
    talk(alice, *TALK)
    embed_all(words)
    assert len(vectors.nearest(alice.id, ASKED, 9, words)) == 4
    assert len(vector_memory.memory._held) == 1


def test_many_late_ones_are_read_in_portions(alice, words, monkeypatch):
    monkeypatch.setattr(sealed_vectors, "TOGETHER", 3)
    talk(alice, *(f"Line {n}" for n in range(20)))
    latest = vectors.missing("words", at_most=1)
    vectors.store(latest, words)
    assert len(vectors.nearest(alice.id, "Line", 50, words)) == 1
    embed_all(words)
    assert len(vectors.nearest(alice.id, "Line", 50, words)) == 20
