"""Sealed fields: sealed in the database, text in Python, never overwritten unread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from django.db import connection, transaction

from accounts import keyring
from accounts.models import DataKey, User
from chatsite.lib import fields
from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import MARKER, Sealed
from conversations.models import Conversation, Turn

pytestmark = pytest.mark.database
TITLE = "Where the tide goes"


def make(owner: User, title: str = TITLE) -> Conversation:
    return Conversation.objects.create(
        owner=owner, title=title, system_prompt="Be kind."
    )


def stored(row: Conversation, field: str = "title") -> bytes:
    """What lies in the database, past the field."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {field} FROM conversations_conversation WHERE id = %s",
            [Conversation._meta.pk.get_db_prep_value(row.pk, connection)],
        )
        return bytes(cursor.fetchone()[0])


def again(row: Conversation) -> Conversation:
    return Conversation.objects.get(pk=row.pk)


def lose_key(person: User) -> None:
    DataKey.objects.filter(user_id=person.id).delete()
    keyring.forget(person.id)


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The place of every value that was opened."""
    places: list[str] = []

    def watched(key: bytes, sealed: bytes, place: str) -> str:
        places.append(place)
        return original(key, sealed, place)

    original = fields.open_sealed
    monkeypatch.setattr(fields, "open_sealed", watched)
    return places


def test_the_database_does_not_hold_the_text(alice: User) -> None:
    row = make(alice)

    assert TITLE.encode() not in stored(row)
    assert again(row).title == TITLE


def test_text_can_be_read_before_and_after_it_is_saved(alice: User) -> None:
    row = Conversation(owner=alice, title="Draft")

    assert (row.title, row.system_prompt) == ("Draft", "")
    row.save()
    assert (row.title, row.system_prompt) == ("Draft", "")
    assert again(row).system_prompt == ""


def test_nothing_is_opened_before_it_is_read(alice: User, openings: list[str]) -> None:
    for number in range(3):
        make(alice, f"Number {number}")
    rows = list(Conversation.objects.order_by("created"))
    assert openings == []

    assert [row.title for row in rows] == ["Number 0", "Number 1", "Number 2"]
    assert [row.title for row in rows] == ["Number 0", "Number 1", "Number 2"]
    assert openings == [
        f"conversations_conversation|{alice.id}|{row.pk}|title" for row in rows
    ]


def test_saving_what_was_only_loaded_leaves_it_as_it_was(
    alice: User, openings: list[str]
) -> None:
    row = make(alice)
    before = stored(row)

    loaded = again(row)
    loaded.save()

    assert stored(row) == before
    assert openings == []


def test_changed_text_is_sealed_anew(alice: User) -> None:
    row = make(alice)
    before = stored(row)
    loaded = again(row)
    assert loaded.title == TITLE

    loaded.title = "Another"
    assert loaded.title == "Another"
    loaded.save(update_fields=["title"])

    assert stored(row) != before
    assert again(row).title == "Another"


@pytest.mark.parametrize("narrow", ["only", "defer"])
def test_deferred_text_costs_one_query_when_it_is_read(
    narrow: str, alice: User, django_assert_num_queries: Callable
) -> None:
    make(alice)
    names = ["owner", "created"] if narrow == "only" else ["title"]
    row = getattr(Conversation.objects, narrow)(*names).get()

    with django_assert_num_queries(1):
        assert row.title == TITLE
    with django_assert_num_queries(0):
        assert row.title == TITLE


def test_refreshing_reads_what_another_wrote(alice: User) -> None:
    row = make(alice)
    other = again(row)
    other.title = "Another"
    other.save()

    row.refresh_from_db()

    assert row.title == "Another"


def test_bulk_create_seals_each_for_its_own_row(alice: User) -> None:
    rows = Conversation.objects.bulk_create(
        Conversation(owner=alice, title=f"Number {number}") for number in range(3)
    )

    assert len({stored(row) for row in rows}) == 3
    assert [again(row).title for row in rows] == ["Number 0", "Number 1", "Number 2"]


def test_a_lost_key_shows_the_marker(alice: User) -> None:
    row = make(alice)
    lose_key(alice)

    assert again(row).title == MARKER


def test_a_key_that_comes_back_opens_what_was_shown_as_lost(alice: User) -> None:
    row, key = make(alice), DataKey.objects.get(user_id=alice.id)
    lose_key(alice)
    loaded = again(row)
    assert loaded.title == MARKER

    key.save()

    assert loaded.title == TITLE


@pytest.mark.parametrize(
    "save",
    [
        lambda row: row.save(),
        lambda row: row.save(update_fields=["title", "updated"]),
        lambda row: setattr(row, "title", row.title) or row.save(),
    ],
    ids=["save", "update_fields", "assign it to itself"],
)
def test_saving_never_replaces_what_cannot_be_opened(
    save: Callable[[Conversation], Any], alice: User
) -> None:
    row = make(alice)
    before = stored(row)
    lose_key(alice)
    loaded = again(row)
    assert loaded.title == MARKER

    save(loaded)
    save(loaded)

    assert stored(row) == before
    assert loaded.title == MARKER


@pytest.mark.parametrize("text", ["new", "", MARKER, None])
@pytest.mark.parametrize("read_first", [True, False])
@pytest.mark.parametrize("deferred", [True, False])
def test_what_cannot_be_opened_cannot_be_assigned_over(
    text: str | None, read_first: bool, deferred: bool, alice: User
) -> None:
    row = make(alice)
    before = stored(row)
    Conversation.objects.filter(pk=row.pk).update(title=Sealed(before[:-1] + b"?"))
    rows = Conversation.objects.defer("title") if deferred else Conversation.objects
    loaded = rows.get(pk=row.pk)
    if read_first:
        assert loaded.title == MARKER

    with pytest.raises(CannotOpen):
        loaded.title = text
    loaded.save()

    assert stored(row) == before[:-1] + b"?"


def test_a_value_moved_to_another_row_field_or_owner_does_not_open(
    alice: User, bob: User
) -> None:
    row, sibling, foreign = make(alice), make(alice, "Sibling"), make(bob)
    value = Sealed(stored(row))
    rows = Conversation.objects

    rows.filter(pk=sibling.pk).update(title=value)
    rows.filter(pk=foreign.pk).update(title=value)
    rows.filter(pk=row.pk).update(system_prompt=value)

    assert again(sibling).title == again(foreign).title == MARKER
    assert (again(row).title, again(row).system_prompt) == (TITLE, MARKER)


def test_plain_text_cannot_go_around_the_seal(alice: User) -> None:
    row = make(alice)
    row.title = "Another"

    rows = Conversation.objects
    for act in (
        lambda: rows.update(title="plain"),
        lambda: rows.bulk_update([row], ["title"]),
        lambda: rows.filter(title=TITLE).exists(),
    ):
        with pytest.raises(TypeError, match="title is sealed"), transaction.atomic():
            act()
    assert again(row).title == TITLE


def test_validation_leaves_text_alone(alice: User) -> None:
    row = make(alice, "QUJD")  # which happens to be base64

    row.clean_fields(exclude=["head"])

    assert row.title == "QUJD"


def test_a_dump_holds_no_text(alice: User) -> None:
    make(alice)

    assert TITLE not in serializers.serialize("json", Conversation.objects.all())
    assert TITLE not in serializers.serialize("json", [Conversation(owner=alice)])


class Shouting:
    """A ``Redactor`` that says what it is given."""

    def taken_in(self, text: str) -> str:
        return text.strip()

    def stored(self, owner: Any, text: str, private: str) -> tuple[str, bool]:
        return f"{private}:{text.upper()}", "!" in text

    def restored(self, owner: Any, text: str, private: str) -> str:
        return f"{owner}|{private}|{text}"


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "_redactor", Shouting())


def test_what_is_set_stored_and_read_passes_the_redactor(
    alice: User, shouting: None
) -> None:
    made = make(alice, "  quiet  ")
    assert made.title == "quiet"
    assert again(made).title == "text:QUIET"
    made.title = "loud!"
    made.save(update_fields=["title"])
    assert again(made).title == f"{alice.id}|text|text:LOUD!"
    form = fields.SealedTextField.stored_form(again(made), "title")
    assert form == ("text:LOUD!", True)


@pytest.mark.parametrize("title", ["quiet", "loud!"])
def test_packed_and_sealed_again_it_is_what_it_was(
    alice: User, shouting: None, title: str
) -> None:
    made = again(make(alice, title))
    field = Conversation._meta.get_field("title")
    before = fields.SealedTextField.stored_form(made, "title")
    sealed = field.seal_packed(made, field.packed(made))
    Conversation.objects.filter(pk=made.pk).update(title=sealed)
    assert fields.SealedTextField.stored_form(again(made), "title") == before
    assert field.open_packed(made, sealed) == field.packed(made)


def test_what_is_not_private_passes_no_redactor(alice: User, shouting: None) -> None:
    made = make(alice)
    turn = Turn(conversation=made, owner_id=alice.id)
    turn.receipt = "  loud!  "
    assert (
        Turn._meta.get_field("receipt").open(
            turn, Turn._meta.get_field("receipt").seal(turn, turn.receipt)
        )
        == "  loud!  "
    )
