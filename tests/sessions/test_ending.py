"""Signing devices out, from anywhere in the product."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.db import transaction

from accounts import sessions
from accounts.audit.recording import pseudonym
from accounts.models import AuditEvent, Device, User
from accounts.sessions import Client, SignedIn
from tests.base import client_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def signed_in(person: User) -> SignedIn:
    found = sessions.signed_in_with(client_of(person).session.session_key, Client())
    assert found is not None
    return found


def events() -> list[tuple[Any, str, dict[str, Any]]]:
    rows = AuditEvent.objects.filter(action="accounts.sessions_ended").order_by("seq")
    return [(row.actor, row.subject_id, row.details) for row in rows]


@pytest.fixture
def told() -> Iterator[list[int]]:
    """How often whoever listens was told that a session ended."""
    times: list[int] = []
    forget = sessions.on_end(lambda: times.append(1))
    yield times
    forget()


def test_one_and_only_of_that_person(alice: User, bob: User) -> None:
    first, second = signed_in(alice), signed_in(alice)

    assert not sessions.end_one(bob, first.device, by=bob)
    assert not sessions.end_one(alice, uuid.uuid4(), by=alice)
    assert events() == []
    assert sessions.end_one(alice, first.device, by=alice)
    assert not sessions.end_one(alice, first.device, by=alice)
    assert sessions.over([first, second]) == {first.device}
    me = pseudonym(alice.pk)
    assert events() == [(me, str(me), {"count": 1})]


def test_all_but_the_one_that_asks(alice: User, bob: User) -> None:
    mine, his = client_of(alice), client_of(bob)
    for _ in range(3):
        client_of(alice)
    key = mine.session.session_key

    assert sessions.end_others(alice, key, by=alice) == 3
    assert sessions.end_others(alice, key, by=alice) == 0
    assert [mine.get("/settings/").status_code] == [200]
    assert [his.get("/settings/").status_code] == [200]


@pytest.mark.parametrize("keep", [None, "", "a" * 32])
def test_without_one_to_keep_all_others_are_all(alice: User, keep: str | None) -> None:
    client_of(alice)

    assert sessions.end_others(alice, keep) == 1


def test_all_by_an_administrator_who_knows_but_an_id(
    alice: User, bob: User, admin_person: User
) -> None:
    hers, his = signed_in(alice), signed_in(bob)

    assert sessions.end_all(alice.pk, by=admin_person) == 1
    assert sessions.over([hers, his]) == {hers.device}
    actor, subject, details = events()[0]
    assert actor == pseudonym(admin_person.pk)
    assert (subject, details) == (str(pseudonym(alice.pk)), {"count": 1})


def test_nothing_to_end_is_nothing_to_record(alice: User) -> None:
    assert sessions.end_all(alice) == 0
    assert events() == []


@pytest.mark.django_db(transaction=True)
def test_listeners_are_told_after_the_commit(alice: User, told: list[int]) -> None:
    client_of(alice)
    with transaction.atomic():
        sessions.end_all(alice)
        assert told == []
    assert told == [1]
    client = client_of(alice)
    client.post("/accounts/logout/")
    assert told == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_told(alice: User, told: list[int]) -> None:
    known = signed_in(alice)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sessions.end_all(alice)
        raise ZeroDivisionError
    assert (told, sessions.over([known]), events()) == ([], set(), [])


# --- who is signed in
@pytest.mark.parametrize("key", ["", "nonsense", "a" * 32, "\x00"])
def test_a_key_that_opens_nothing(key: str) -> None:
    assert sessions.signed_in_with(key, Client()) is None


def test_a_strangers_session_is_nobodys() -> None:
    stranger = client_of.__globals__["Client"]().session
    stranger["x"] = 1
    stranger.save()

    assert sessions.signed_in_with(stranger.session_key, Client()) is None


def test_the_signed_data_counts_and_not_the_columns(alice: User, bob: User) -> None:
    """Who can write to the database is not somebody else by that."""
    key = client_of(alice).session.session_key
    Device.objects.update(person=bob, auth_hash=bob.get_session_auth_hash())

    assert sessions.signed_in_with(key, Client()) is None


def test_a_session_of_a_way_in_that_was_closed(alice: User, settings) -> None:
    key = client_of(alice).session.session_key
    assert sessions.signed_in_with(key, Client())
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

    assert sessions.signed_in_with(key, Client()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"password": "another"},
        {"is_active": False},
        {"is_staff": True},
        {"role": "support"},
    ],
)
def test_what_somebody_may_changed_meanwhile(
    alice: User, bob: User, change: dict[str, Any]
) -> None:
    hers, his = signed_in(alice), signed_in(bob)
    User.objects.filter(pk=alice.pk).update(**change)

    assert sessions.over([hers, his]) == {hers.device}


def test_a_session_that_follows_a_new_password_goes_on(alice: User) -> None:
    client = client_of(alice)
    known = sessions.signed_in_with(client.session.session_key, Client())
    alice.set_password("another tide, another noon")
    alice.save(update_fields=["password"])
    assert known and sessions.over([known]) == {known.device}
    session = client.session
    session[HASH_SESSION_KEY] = alice.get_session_auth_hash()

    assert sessions.over([known]) == set(), "stored before the request ends"


def test_many_are_looked_up_in_one_query(
    alice: User, bob: User, django_assert_num_queries
) -> None:
    known = [signed_in(person) for person in (alice, bob) for _ in range(3)]

    with django_assert_num_queries(1):
        assert sessions.over(known[:1]) == set()
    with django_assert_num_queries(1):
        assert sessions.over(known) == set()
    assert sessions.over([]) == set()
