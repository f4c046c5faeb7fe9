"""Moves that are broken off, race, or meet what cannot be opened, lose nothing."""

from __future__ import annotations

import os

import pytest

from accounts import keyring
from accounts.models import DataKey
from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import ELSEWHERE, MARKER
from conversations.models import (
    ColdPart,
    Conversation,
    Message,
    Summary,
    ToolCall,
    cold_copy,
)
from conversations.services import cold, thread
from tests.contracts.cold_rows import (
    NOW,
    TEXTS,
    TICK,
    freeze,
    lying,
    read,
    said_in,
)
from tests.factories import create_message

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _nothing_is_open() -> None:
    cold_copy.forget()


# --- in pieces
def test_long_ones_move_in_pieces_and_a_broken_off_move_goes_on(alice, monkeypatch):
    monkeypatch.setattr(cold, "PART", 4_000)
    talk = said_in(alice)
    before = read(talk)

    piece = cold.freeze_some(NOW)
    talk.refresh_from_db()
    assert (piece.is_last, talk.cold_at) == (False, talk.updated)
    assert read(talk) == before  # some here, some there

    assert freeze(NOW) >= 2
    talk.refresh_from_db()
    numbers = [part.number for part in ColdPart.objects.all()]
    assert (numbers, talk.cold_at) == ([*range(1, len(numbers) + 1)], NOW)
    assert read(talk) == before
    cold.thaw(talk)
    assert read(talk) == before


def test_each_piece_of_coming_back_is_whole(alice, monkeypatch):
    monkeypatch.setattr(cold, "PART", 4_000)
    talk = said_in(alice)
    before = read(talk)
    freeze()
    talk.refresh_from_db()
    parts = ColdPart.objects.count()
    back, calls = cold._thaw_part, []

    def dies(conversation, number):
        if calls:
            raise KeyboardInterrupt
        calls.append(number)
        return back(conversation, number)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(cold, "_thaw_part", dies)
        cold.thaw(talk)
    talk.refresh_from_db()
    assert ColdPart.objects.count() == parts - 1
    assert talk.cold_at is not None
    assert read(talk) == before

    thread.page(by=alice.pk, conversation_id=talk.id)
    assert not ColdPart.objects.exists()
    assert read(talk) == before


def test_a_move_that_fails_changes_nothing(alice, monkeypatch):
    talk = said_in(alice)
    before = lying(talk)
    monkeypatch.setattr(cold, "_point", lambda *args: 0)

    assert cold.freeze_some(NOW) is None

    assert lying(talk) == before
    assert not ColdPart.objects.exists()


def test_a_part_that_does_not_read_as_it_should_is_not_trusted(alice, monkeypatch):
    talk = said_in(alice)
    before = lying(talk)
    monkeypatch.setattr(ColdPart, "texts", lambda part: {"message.body:0": "other"})

    with pytest.raises(CannotOpen):
        cold.freeze_some(NOW)

    assert lying(talk) == before
    assert not ColdPart.objects.exists()


def test_what_was_written_meanwhile_is_not_replaced(alice, monkeypatch):
    talk = said_in(alice)
    gather = cold._gather

    def rewritten(conversation):
        found = gather(conversation)
        summary = Summary.objects.get()
        summary.text = "Other words."
        summary.save(update_fields=["text"])
        return found

    monkeypatch.setattr(cold, "_gather", rewritten)
    assert cold.freeze_some(NOW) is None

    assert read(talk)[:2] == [TEXTS[0], f"Answer: {TEXTS[0]}"]
    assert not ColdPart.objects.exists()


def test_what_was_written_to_while_it_was_cold_is_kept(alice):
    talk = said_in(alice)
    freeze()
    summary = Summary.objects.get()
    summary.text = "Other words."
    summary.save(update_fields=["text"])
    talk.refresh_from_db()

    cold.thaw(talk)

    assert Summary.objects.get().text == "Other words."
    assert Message.objects.order_by("id").first().body == TEXTS[0]


def test_what_was_written_to_without_being_opened_comes_back(alice, bob):
    talk, other = said_in(alice), said_in(bob)
    before = read(talk)
    freeze()
    assert not cold.thaw_written()
    create_message(talk, "And the depth?")
    Conversation.objects.filter(id=talk.id).update(updated=NOW + TICK)

    assert cold.thaw_written()

    assert [part.conversation for part in ColdPart.objects.all()] == [other]
    assert sorted(read(talk)) == sorted([*before, "And the depth?"])
    assert not cold.thaw_written()


# --- what cannot be opened
def test_a_text_that_no_key_opens_stays_where_it_is(alice):
    talk = said_in(alice)
    broken = Message.objects.order_by("id").first()
    damaged = os.urandom(60)
    Message.objects.filter(id=broken.id).update(body=damaged)

    assert freeze() == 1

    assert bytes(lying(talk)[0]) == damaged
    assert Message.objects.get(id=broken.id).body == MARKER
    assert ColdPart.objects.get().rows == len(read(talk)) - 1
    assert freeze() == 0


@pytest.mark.parametrize("damage", ["flip", "swap", "gone"])
def test_a_damaged_part_shows_the_marker_and_is_never_overwritten(
    alice, bob, damage, caplog
):
    talk, other = said_in(alice), said_in(bob)
    freeze()
    talk.refresh_from_db()
    part = ColdPart.objects.get(conversation=talk)
    sealed = bytearray(part.sealed)
    sealed[40] ^= 1
    if damage == "swap":
        sealed = ColdPart.objects.get(conversation=other).sealed
    if damage == "gone":
        part.delete()
    ColdPart.objects.filter(id=part.id).update(sealed=bytes(sealed))
    left = (lying(talk), list(ColdPart.objects.values_list("id", "sealed")))

    assert set(read(talk)) == {MARKER}
    message = Message.objects.filter(conversation=talk).first()
    with pytest.raises(CannotOpen):
        message.body = "over it"
    cold.thaw(talk)

    assert (lying(talk), list(ColdPart.objects.values_list("id", "sealed"))) == left
    assert MARKER in {one.text for one in thread.page(
        by=alice.pk, conversation_id=talk.id).shown}  # fmt: skip


def test_a_reference_opens_nothing_of_another_person_or_place(alice, bob):
    mine, theirs = said_in(alice), said_in(bob)
    freeze()
    part = ColdPart.objects.get(conversation=theirs)
    first, second = Message.objects.filter(conversation=mine).order_by("id")[:2]

    Message.objects.filter(id=first.id).update(body=ELSEWHERE + part.id.bytes)

    assert Message.objects.get(id=first.id).body == MARKER
    ToolCall.objects.filter(owner_id=alice.pk).update(input=ELSEWHERE + b"?")
    assert {call.input for call in ToolCall.objects.filter(owner_id=alice.pk)} == {
        MARKER
    }
    assert Message.objects.get(id=second.id).body == f"Answer: {TEXTS[0]}"


def test_a_reference_where_none_belongs_is_a_value_that_cannot_be_opened(alice):
    talk = said_in(alice)
    freeze()

    reference = ELSEWHERE + ColdPart.objects.get().id.bytes
    Conversation.objects.filter(id=talk.id).update(title=reference)

    assert Conversation.objects.get(id=talk.id).title == MARKER


def test_without_the_persons_key_nothing_opens_even_from_memory(alice):
    talk = said_in(alice)
    freeze()
    assert read(talk)[0] == TEXTS[0]

    DataKey.objects.filter(user_id=alice.pk).delete()
    keyring.forget(alice.pk)

    assert set(read(talk)) == {MARKER}


def test_a_row_read_before_it_came_back_still_has_its_text(alice):
    talk = said_in(alice)
    freeze()
    talk.refresh_from_db()
    rows = list(Message.objects.filter(conversation=talk).order_by("id"))

    cold.thaw(talk)

    assert [row.body for row in rows[::2]] == TEXTS
