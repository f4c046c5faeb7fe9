"""Rows go in batches, with what points at them, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.erasure.removing import remove_some
from accounts.models import Fact, Pseudonym, User
from conversations.models import Conversation, IndexEntry, Message, Summary, Turn
from tests.factories import create_conversation

pytestmark = pytest.mark.database


def test_a_batch_is_a_batch(alice: User, bob: User) -> None:
    create_conversation(alice, messages=7)
    create_conversation(bob, messages=3)
    rows = Message.objects.filter(owner_id=alice.id)

    assert [remove_some(rows, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert Message.objects.count() == 3


def test_a_long_branch_goes_in_batches_of_any_order(alice: User) -> None:
    talk = create_conversation(alice, messages=9)
    rows = Message.objects.filter(conversation=talk)

    while remove_some(rows, 2):
        connection.check_constraints()  # no row points at one that is gone

    assert not rows.exists()
    talk.refresh_from_db()
    assert talk.head_id is None


def test_what_points_at_a_row_goes_with_it(alice: User, bob: User) -> None:
    talk, other = (create_conversation(each, messages=2) for each in (alice, bob))
    for each in (talk, other):
        last = Message.objects.get(pk=each.head_id)
        Summary.objects.create(
            conversation=each,
            owner_id=each.owner_id,
            covers=last,
            covered=2,
            text="so far",
            tokens=1,
            source_tokens=1,
            version=1,
        )
    assert Pseudonym.objects.filter(user=alice).exists()

    assert remove_some(User.objects.filter(pk=alice.pk)) == 1

    connection.check_constraints()
    for model in (Conversation, Turn, Summary):
        assert model.objects.count() == 1
    assert Message.objects.filter(conversation=other).count() == 2
    assert not Pseudonym.objects.filter(user_id=alice.pk).exists()
    assert not IndexEntry.objects.filter(owner_id=alice.id).exists()


def test_what_only_remembers_a_row_stays(alice: User) -> None:
    old = Fact.objects.create(owner=alice, key="a", value="b", key_hash="1")
    new = Fact.objects.create(
        owner=alice, key="c", value="d", key_hash="2", replaces=old
    )

    remove_some(Fact.objects.filter(pk=old.pk))

    new.refresh_from_db()
    assert new.replaces_id is None


def test_a_batch_takes_the_same_statements_however_many_rows(alice: User) -> None:
    def statements(messages: int) -> int:
        create_conversation(alice, messages=messages)
        rows = Message.objects.filter(owner_id=alice.id)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            remove_some(rows)
        assert not rows.exists()
        return len(seen)

    few = statements(2)
    assert statements(40) == few


def test_nothing_is_nothing(db: None, django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(3 if connection.in_atomic_block else 1):
        assert remove_some(Message.objects.none() | Message.objects.all()) == 0
