"""What every index of vectors must do: one suite, run on SQLite and PostgreSQL."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection, transaction

from accounts import keyring
from accounts.models import DataKey
from conversations.core.errors import ContextTooLong, ModelTimeout, RequestRefused
from conversations.core.model_api import Usage
from conversations.core.tokens import count
from conversations.index import vector_memory
from conversations.index.vectors import INDEXES
from conversations.models import File, Passage, Spending, Vector
from conversations.services import catalogue, indexing, spending, vectors
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
KINDS = sorted(INDEXES) if connection.vendor == "postgresql" else ["scan"]


@pytest.fixture(autouse=True, params=KINDS)
def _index(request, settings) -> None:
    settings.VECTOR_INDEX = request.param
    vector_memory.memory.clear()


@pytest.fixture
def words() -> Words:
    return Words()


def test_what_was_said_is_found_by_a_question_like_it(alice, words):
    talk(alice, *TALK)
    embed_all(words)
    near = vectors.nearest(alice.id, ASKED, 2, words)
    assert [number for number, _ in near] == [entries_of(alice)[0].id, near[1][0]]
    assert 0.5 < near[0][1] <= 1.001
    assert near[0][1] > near[1][1]
    assert found(alice, ASKED, words)[0] == BOAT


def test_each_pays_for_the_vectors_of_their_own_words_and_questions(alice, bob):
    words = Words("text-embedding-3-small")
    talk(alice, *TALK)
    talk(bob, BOAT)
    embed_all(words)
    vectors.compare(bob.id, ASKED, words)
    price = catalogue.card(words.name).price
    for person, texts in ((alice, TALK), (bob, [BOAT, ASKED])):
        used = Usage(input=sum(map(count, texts)))
        month = spending.totals(person.id)
        assert month.usage == used
        assert month.spent == month.background == price.cost(used) > 0


def test_vectors_that_cost_nothing_are_no_spending(alice, words):
    talk(alice, *TALK)
    embed_all(words)
    assert not Spending.objects.exists()


def test_nobody_finds_what_another_said(alice, bob, charlie, words):
    talk(alice, *TALK)
    talk(bob, "Bob's boat is called Heron.", *TALK[1:])
    embed_all(words)
    mine = {entry.id for entry in entries_of(alice)}
    assert {n for n, _ in vectors.nearest(alice.id, ASKED, 50, words)} == mine
    assert found(bob, ASKED, words)[0] == "Bob's boat is called Heron."
    assert vectors.nearest(charlie.id, ASKED, 50, words) == []


def test_a_few_among_very_many_of_others_are_all_found(alice, bob, words):
    talk(bob, *(f"My boat number {n} is called Heron {n}." for n in range(400)))
    talk(alice, *TALK)
    embed_all(words)
    mine = {entry.id for entry in entries_of(alice)}
    assert {n for n, _ in vectors.nearest(alice.id, ASKED, 4, words)} == mine


def test_as_many_as_wanted_the_nearest_first(alice, words):
    talk(alice, *(f"boat {'sails ' * n}" for n in range(1, 30)))
    embed_all(words)
    near = vectors.nearest(alice.id, "boat", 7, words)
    cosines = [cosine for _, cosine in near]
    assert len(near) == 7
    assert cosines == sorted(cosines, reverse=True)
    assert vectors.nearest(alice.id, "boat", 0, words) == []
    assert len(vectors.nearest(alice.id, "boat", 500, words)) == 29


def test_a_question_is_compared_with_whatever_is_asked_for(alice, bob, words):
    talk(alice, *TALK)
    late = entries_of(alice)[1]
    vectors.store([each for each in entries_of(alice) if each != late], words)
    talk(bob, BOAT)
    embed_all(words, bob.id)
    vectors.nearest(alice.id, ASKED, 1, words)  # so that one is read late
    vectors.store(vectors.missing("words"), words)
    compared = vectors.compare(alice.id, ASKED, words)
    near = dict(compared.nearest(9))
    mine = [entry.id for entry in entries_of(alice)]
    assert near.keys() == set(mine)
    numbers = [mine[2], 999_999, *mine, entries_of(bob)[0].id]
    expected = [near.get(number, np.nan) for number in numbers]
    assert compared.cosines(numbers) == pytest.approx(expected, abs=1e-3, nan_ok=True)
    values = list(near.values())
    spread = pytest.approx((np.mean(values), np.std(values)), abs=1e-3)
    assert compared.spread() == spread


def test_someone_without_vectors_has_nothing_to_compare(alice, words):
    compared = vectors.compare(alice.id, ASKED, words)
    assert compared.nearest(5) == []
    assert np.isnan(compared.cosines([1, 2])).all()
    assert compared.cosines([]).shape == (0,)
    assert compared.spread() == (0, 0)
    assert vectors.compare(alice.id, "", words) is None


def test_vectors_of_two_models_are_never_compared(alice, words):
    talk(alice, *TALK)
    embed_all(words)
    other = Words("other", dimensions=48)
    assert vectors.nearest(alice.id, ASKED, 5, other) == []
    newest = entries_of(alice)[-1:]
    vectors.store(newest, other)
    assert [n for n, _ in vectors.nearest(alice.id, ASKED, 5, other)] == [newest[0].id]
    assert newest[0].id not in dict(vectors.nearest(alice.id, ASKED, 5, words))


def test_a_new_model_takes_the_place_of_the_old_one_by_and_by(alice, words):
    talk(alice, *(f"Line {n}" for n in range(20)))
    assert embed_all(words) == 20
    other = Words("other", dimensions=32)
    missing = vectors.Missing(other)
    assert (missing.count(), missing.index_some()) == (20, 8)
    assert vectors.progress(other) == vectors.Progress(8, 20)
    assert vectors.progress(words) == vectors.Progress(12, 20)
    # broken off, and begun again by another process
    assert embed_all(other) == 12
    assert vectors.progress(words).done == 0
    assert len(vectors.nearest(alice.id, "Line", 50, other)) == 20


def test_the_latest_come_first_and_titles_not_at_all(alice, words):
    conversation = talk(alice, *(f"Line {n}" for n in range(10)))
    indexing.put_title(conversation)
    messages = [e for e in entries_of(alice) if e.kind == "m"]
    assert len(messages) == len(entries_of(alice)) - 1
    latest = vectors.missing("words", at_most=3)
    assert latest == messages[-1:-4:-1]
    assert vectors.missing("words", before=latest[-1].id, at_most=1) == [messages[-4]]
    assert embed_all(words) == 10


def test_passages_are_found_too(alice, words):
    file = File.objects.create(owner_id=alice.id, name="log.txt", kind="text", size=1)
    passage = Passage.objects.create(
        file=file, owner_id=alice.id, number=1, body=BOAT, tokens=7
    )
    indexing.put_passages([passage], None)
    assert embed_all(words) == 1
    assert found(alice, ASKED, words) == [BOAT]


def test_only_one_persons_can_be_asked_for(alice, bob, words):
    talk(alice, *TALK)
    talk(bob, *TALK)
    assert vectors.progress(words, alice.id) == vectors.Progress(0, 4)
    assert embed_all(words, alice.id) == 4
    assert vectors.progress(words, alice.id) == vectors.Progress(4, 4)
    assert vectors.progress(words, bob.id) == vectors.Progress(0, 4)
    assert vectors.progress(words) == vectors.Progress(4, 8)


def test_what_is_said_later_is_found_at_once(alice, words):
    talk(alice, *TALK)
    embed_all(words)
    assert found(alice, "zeppelin", words, 1) != ["A zeppelin!"]
    talk(alice, "A zeppelin!")
    embed_all(words)
    assert found(alice, "zeppelin", words, 1) == ["A zeppelin!"]


def test_what_is_embedded_late_is_found_too(alice, words):
    talk(alice, *TALK)
    vectors.store(vectors.missing("words", at_most=2), words)
    assert len(vectors.nearest(alice.id, ASKED, 9, words)) == 2
    embed_all(words)
    assert found(alice, ASKED, words)[0] == BOAT


def test_what_is_deleted_is_never_found_again(alice, words):
    first, second = talk(alice, *TALK), talk(alice, "My other boat is called Teal.")
    embed_all(words)
    assert len(vectors.nearest(alice.id, ASKED, 9, words)) == 5
    first.delete()
    assert found(alice, ASKED, words) == ["My other boat is called Teal."]
    talk(alice, "One more boat.")  # as many as before, when it is a trick
    embed_all(words)
    assert len(vectors.nearest(alice.id, ASKED, 9, words)) == 2
    second.delete()
    assert found(alice, ASKED, words) == ["One more boat."]


def test_what_is_said_anew_gets_a_new_vector(alice, words):
    conversation = talk(alice, *TALK)
    embed_all(words)
    assert found(alice, "zeppelin", words, 1) != ["A zeppelin!"]
    message = conversation.messages.get(depth=2)
    message.body = "A zeppelin!"
    message.save()
    with transaction.atomic():
        indexing.put_messages([message])
        vectors.forget([message.entry])
    assert vectors.progress(words) == vectors.Progress(3, 4)
    embed_all(words)
    assert found(alice, "zeppelin", words, 1) == ["A zeppelin!"]


def test_what_changes_while_it_is_embedded_is_embedded_again(alice, words):
    conversation = talk(alice, *TALK)
    read = vectors.missing("words")
    message = conversation.messages.get(depth=2)
    message.body = "A zeppelin!"
    message.save()
    indexing.put_messages([message])
    conversation.messages.get(depth=4).delete()
    vectors.store(read, words)
    assert vectors.progress(words) == vectors.Progress(2, 3)
    assert vectors.missing("words") == [message.entry]


def test_what_cannot_be_read_stands_in_nobodys_way(alice, bob, words):
    talk(alice, *TALK)
    talk(bob, *TALK)
    DataKey.objects.filter(user_id=alice.id).delete()
    keyring.forget(alice.id)
    assert embed_all(words) == 8
    assert embed_all(words) == 0
    assert vectors.nearest(alice.id, ASKED, 9, words) == []
    assert len(vectors.nearest(bob.id, ASKED, 9, words)) == 4


def test_a_text_that_is_refused_stands_in_nobodys_way(alice, words):
    talk(alice, *TALK)
    words.refuses = {TALK[1]}
    assert embed_all(words) == 4
    assert embed_all(words) == 0
    assert TALK[1] not in found(alice, "soup salt", words, 9)
    assert len(vectors.nearest(alice.id, ASKED, 9, words)) == 3


@pytest.mark.parametrize("problem", [RequestRefused, ContextTooLong, ModelTimeout])
def test_a_model_that_refuses_everything_leaves_everything_missing(
    alice, words, problem
):
    talk(alice, *TALK)
    words.fails = problem()
    with pytest.raises(problem):
        embed_all(words)
    assert vectors.progress(words) == vectors.Progress(0, 4)
    words.fails = None
    assert embed_all(words) == 4


def test_a_question_is_in_a_hurry_and_its_failure_is_told(alice, words):
    talk(alice, *TALK)
    embed_all(words)
    words.asked.clear()
    vectors.nearest(alice.id, ASKED, 1, words)
    assert words.asked == [(1, True)]
    words.fails = ModelTimeout()
    with pytest.raises(ModelTimeout):
        vectors.nearest(alice.id, ASKED, 1, words)


def test_without_a_model_there_is_nothing_to_do(alice):
    none = Words("")
    talk(alice, *TALK)
    assert embed_all(none) == 0
    vectors.store(entries_of(alice), none)
    assert vectors.nearest(alice.id, ASKED, 9, none) == []
    assert vectors.progress(none) == vectors.Progress(0, 0)
    assert (Vector.objects.count(), none.asked) == (0, [])


def test_a_question_without_words_finds_nothing(alice, words):
    talk(alice, *TALK)
    embed_all(words)
    assert vectors.nearest(alice.id, "  ", 9, words) == []


def test_a_name_of_a_model_may_be_anything(alice):
    odd = Words('Müller\'s/e5 "large"; DROP TABLE x; --%s{}', dimensions=4001)
    talk(alice, *TALK)
    assert embed_all(odd) == 4
    assert found(alice, ASKED, odd)[0] == BOAT
    assert vectors.progress(odd) == vectors.Progress(4, 4)
