"""Whoever was erased and comes back with a backup is erased again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from accounts import data_requests, replaying
from accounts.models import AuditEvent, DataRequest, ErasedPerson, User
from conversations.models import Conversation, Message
from conversations.upkeep import UPKEEP, forget_erased, replay_erasures
from tests.audit_log import findings
from tests.base import make_person
from tests.erasure.watching import ask, carry_out
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


TABLES = ("accounts_user", "conversations_conversation", "conversations_message")


def rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return list(cursor.fetchall())


def insert(table: str, found: list[Any]) -> None:
    places = ", ".join(["%s"] * len(found[0]))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES ({places})", found)


@pytest.fixture
def back(alice: User) -> User:
    """Alice was erased; then somebody put old rows of hers into the database."""
    talk = create_conversation(alice, messages=1)
    Conversation.objects.filter(pk=talk.pk).update(head=None)
    old = {name: rows(name) for name in TABLES}
    assert carry_out(ask(alice)).certificate
    assert list(replaying.came_back()) == []
    for name, found in old.items():
        insert(name, found)
    return User.objects.get(pk=alice.pk)


def test_nobody_came_back_is_the_rule(alice: User, bob: User) -> None:
    carry_out(ask(alice))

    assert not replaying.replay_some()
    assert DataRequest.objects.filter(status__in=DataRequest.OPEN).count() == 0
    assert User.objects.get().is_active


def test_who_came_back_is_shut_out_and_erased(back: User) -> None:
    assert list(replaying.came_back()) == [back.pk]

    assert not replaying.replay_some()

    back.refresh_from_db()
    assert not back.is_active
    worker = data_requests.Worker()
    while worker.advance():
        pass
    assert not User.objects.exists() and not Message.objects.exists()
    latest = DataRequest.objects.order_by("created").last()
    assert latest.certificate["remains"] == {}
    assert ErasedPerson.objects.get(user_id=back.pk).request_id == latest.id
    acts = AuditEvent.objects.filter(subject_id=str(latest.pseudonym))
    assert "accounts.erasure_replayed" in {event.action for event in acts}
    assert findings(signed=False) == []


def test_what_they_said_cannot_be_read_before_that(back: User) -> None:
    """Their key did not come back: it lies elsewhere."""
    assert Message.objects.get().body == "[cannot be decrypted]"


def test_looking_again_asks_for_nothing_twice(back: User) -> None:
    replaying.replay_some()
    replaying.replay_some()

    open_ones = DataRequest.objects.filter(status__in=DataRequest.OPEN)
    assert open_ones.count() == 1


def test_many_are_asked_for_in_pieces(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "SOME", 2)
    monkeypatch.setattr(replaying, "TOGETHER", 2)
    people = [make_person(f"Person{number}") for number in range(5)]
    for person in people:
        request = ask(person)
        ErasedPerson.objects.create(
            user_id=person.pk, pseudonym=request.pseudonym, request_id=request.id
        )
        data_requests.cancel(request.id, by=None)

    assert [replaying.replay_some() for _ in range(3)] == [True, True, False]
    open_ones = DataRequest.objects.filter(status__in=DataRequest.OPEN)
    assert {request.person for request in open_ones} == set(people)


def test_the_server_looks_by_itself() -> None:
    assert {replay_erasures, forget_erased} <= UPKEEP.keys()
