"""The search after an erasure finds what names a person, wherever it stands."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.db import connection

from accounts.audit import record
from accounts.audit.recording import PERSON
from accounts.erasure import searching
from accounts.erasure.searching import Sought, search, tables
from accounts.models import DataKey, ErasedPerson, Fact, User
from conversations.models import Conversation, Message
from tests.factories import create_conversation

pytestmark = pytest.mark.database
ID = uuid.UUID("5f0c2f5e-8a3d-4c1b-9a52-0d6e3b7f4c21")
SOUGHT = Sought(ID, ("maya@example.org", "m.lee@example.org"), "maya lee")


def note(text: str) -> None:
    """Where anything can be written in clear."""
    LogEntry.objects.create(
        user=User.objects.first(), object_repr=text[:200], action_flag=1
    )


PLACE = "django_admin_log.object_repr"


@pytest.mark.parametrize(
    "text",
    [
        str(ID),
        ID.hex,
        ID.hex.upper(),
        f"person {ID}!",
        "maya@example.org",
        "MAYA@Example.org",
        "from <maya@example.org>, today",
        "m.lee@example.org",
    ],
)
def test_ids_and_addresses_are_found_in_every_form(alice: User, text: str) -> None:
    note(text)

    assert search(SOUGHT).traces == {PLACE: 1}


@pytest.mark.parametrize(
    "text",
    [
        "5f0c2f5e-8a3d-4c1b-9a52-0d6e3b7f4c22",
        "amaya@example.org",
        "x.maya@example.org",
        "maya@example.organic",
        "maya@example.com",
        "may@example.org",
    ],
)
def test_others_ids_and_addresses_are_not_hers(alice: User, text: str) -> None:
    note(text)

    assert search(SOUGHT).traces == {}


def test_a_name_may_be_anothers_and_is_told_apart(alice: User) -> None:
    note("Maya Lee’s colleague")

    found = search(SOUGHT)

    assert (found.traces, found.namesakes) == ({}, {PLACE: 1})
    assert search(Sought(ID, (), "le")).namesakes == {}  # too short to mean anything


def test_an_id_in_bytes_and_in_other_columns_is_found(alice: User, bob: User) -> None:
    talk = create_conversation(bob, messages=1)
    Fact.objects.create(
        owner=bob, key="k", value="v", key_hash="h", source_message=alice.id
    )
    column = "conversations_message"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {column} SET html = %s WHERE conversation_id = %s",
            [
                b"..." + alice.id.bytes + b"...",
                Conversation._meta.pk.get_db_prep_value(talk.id, connection),
            ],
        )

    traces = search(Sought(alice.id)).traces

    assert traces["conversations_message.html"] == 1
    assert traces["accounts_fact.source_message"] == 1
    assert traces["accounts_user.id"] == 1
    assert traces["keys.accounts_datakey.user_id"] == 1


def test_both_databases_and_json_are_looked_at(alice: User) -> None:
    told = {"pseudonym": uuid.uuid4(), "request_id": uuid.uuid4()}
    ErasedPerson.objects.create(user_id=ID, **told)
    record("accounts.signed_in", subject=(PERSON, str(ID)), n=ID)

    assert search(SOUGHT).traces == {
        "accounts_auditevent.details": 1,
        "accounts_auditevent.subject_id": 1,
        "keys.accounts_erasedperson.user_id": 1,
    }


def test_what_is_as_it_should_be_can_be_left_out(alice: User) -> None:
    def but(table: str, column: str) -> bool:
        return (table, column) == ("keys.accounts_datakey", "user_id")

    traces = search(Sought(alice.id), but).traces

    assert "keys.accounts_datakey.user_id" not in traces
    assert "accounts_user.id" in traces


def test_every_row_is_looked_at_in_slices(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SLICE", 3)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=alice, email=f"{n}@example.net") for n in range(10)
    )
    note("maya@example.org")
    for _ in range(7):
        note("nothing")
    note("maya@example.org")
    beats: list[None] = []

    found = search(SOUGHT, beat=lambda: beats.append(None))

    assert found.traces == {PLACE: 2}
    assert found.rows >= 10 + 9 + DataKey.objects.count()
    assert found.tables == len(list(tables()))
    if connection.vendor == "sqlite":
        assert len(beats) > found.tables


def test_every_table_with_words_is_searched(db: None) -> None:
    searched = {table.label for table in tables()}

    for model in (User, Message, Conversation, LogEntry):
        assert model._meta.db_table in searched
    assert {"keys.accounts_datakey", "keys.accounts_erasedperson"} <= searched
    if connection.vendor == "sqlite":  # what the index keeps in tables of its own
        assert "conversations_indexentry_fts_data" in searched


def test_columns_that_hold_no_words_are_left_out(db: None) -> None:
    (messages,) = [t for t in tables() if t.name == "conversations_message"]

    columns: set[Any] = {*messages.columns, *messages.binary}

    assert {"id", "body", "html", "conversation_id", "redacted"} <= columns
    assert not columns & {"created", "depth", "excluded", "tokens"}
