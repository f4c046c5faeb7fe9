"""Cold storage: what lies idle is packed, not a word is lost, and it comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from accounts import retention
from chatsite.lib.fields import ELSEWHERE, SealedTextField
from conversations.models import (
    ColdPart,
    Conversation,
    Message,
    Passage,
    Turn,
    cold_copy,
)
from conversations.services import cold, thread
from tests.attaching import read_all, send, upload
from tests.contracts.cold_rows import (
    NOW,
    OLD,
    TICK,
    freeze,
    lie_idle,
    lying,
    read,
    said_in,
)
from tests.factories import create_conversation, create_message, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _nothing_is_open() -> None:
    cold_copy.forget()


# --- there and back
def test_every_text_is_moved_and_is_read_as_before(alice):
    talk = said_in(alice)
    before = read(talk)
    assert len(before) == 8 + 4 + 3 * 4 + 1

    assert freeze() == 1

    part = ColdPart.objects.get()
    assert set(lying(talk)) == {ELSEWHERE + part.id.bytes}
    assert (part.rows, part.number, part.owner_id) == (len(before), 1, alice.pk)
    assert read(talk) == before
    talk.refresh_from_db()
    assert talk.cold_at == NOW


def test_it_comes_back_as_it_was(alice):
    talk = said_in(alice)
    before = read(talk)
    freeze()
    talk.refresh_from_db()

    assert cold.thaw(talk) == len(before)

    talk.refresh_from_db()
    assert talk.cold_at is None
    assert not ColdPart.objects.exists()
    cold_copy.forget()
    assert read(talk) == before
    assert not any(value.startswith(ELSEWHERE) for value in lying(talk))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=some.lists(some.text(some.characters(), max_size=50), min_size=1, max_size=4)
)
def test_no_word_is_ever_lost(alice, texts):
    with transaction.atomic():
        talk = said_in(alice, texts)
        before = read(talk)
        for _ in range(2):
            freeze()
            talk.refresh_from_db()
            assert read(talk) == before
            cold.thaw(talk)
            assert read(talk) == before
            lie_idle(talk)
            Conversation.objects.update(read_at=None)
        transaction.set_rollback(True)


def test_texts_of_files_move_and_can_be_opened(alice):
    posted = send(alice, upload(alice))
    read_all()
    talk = lie_idle(Conversation.objects.get(id=posted.conversation))
    talk.turns.update(status="complete")
    before = [passage.body for passage in Passage.objects.all()]

    freeze()

    assert [passage.body for passage in Passage.objects.all()] == before
    assert ColdPart.objects.get().rows == len(before) + 2 + 1


def test_only_what_is_moved_changes(alice, bob):
    idle, other, busy = said_in(alice), said_in(bob), said_in(alice)
    lie_idle(other, NOW), lie_idle(busy, NOW)
    kept = (lying(other), lying(busy))
    flags = list(Message.objects.values_list("id", "parent_id", "tokens", "created"))

    freeze()

    assert (lying(other), lying(busy)) == kept
    same = Message.objects.values_list("id", "parent_id", "tokens", "created")
    assert list(same) == flags
    assert [part.conversation for part in ColdPart.objects.all()] == [idle]


def test_the_rendering_goes_and_the_page_makes_it_again(alice):
    talk = create_conversation(alice)
    create_message(talk, "Hello")
    create_reply(
        talk, "**Odda**", message={"html": "<b>old</b>", "html_version": 10**4}
    )
    lie_idle(talk)

    freeze()

    assert set(Message.objects.values_list("html_version", flat=True)) == {0}
    assert {message.html for message in Message.objects.all()} == {""}
    shown = thread.page(by=alice.pk, conversation_id=talk.id).shown
    assert "<strong>Odda</strong>" in shown[1].html


def test_it_gets_small(alice):
    said = [f"On day {n} the tide in Odda was at noon, and calm." for n in range(60)]
    talk = said_in(alice, said)
    before = sum(map(len, lying(talk)))

    freeze()

    part = ColdPart.objects.get()
    assert len(part.sealed) + sum(map(len, lying(talk))) < before / 2


# --- what is idle
@pytest.mark.parametrize("since", [TICK, -TICK])
def test_the_border_is_exact(alice, since):
    said_in(alice)
    Conversation.objects.update(updated=NOW - timedelta(days=180) - since)

    assert freeze() == (since > timedelta(0))


def test_the_rule_decides(alice):
    talk = said_in(alice)
    retention.change("cold", 201, "sliding", by=None)
    assert freeze() == 0
    retention.change("cold", None, "sliding", by=None)
    assert freeze() == 0
    retention.change("cold", 199, "sliding", by=None)
    assert freeze() == 1
    assert freeze() == 0
    assert Conversation.objects.get() == talk


@pytest.mark.parametrize("status", Turn.LIVE)
def test_while_a_reply_is_written_nothing_moves(alice, status):
    talk = said_in(alice)
    turn = create_reply(talk, "", status=status)

    assert freeze() == 0

    Turn.objects.filter(id=turn.id).update(status="complete")
    assert freeze() == 1


def test_a_turn_that_begins_in_the_last_moment_keeps_it(alice, monkeypatch):
    talk = said_in(alice)
    idle, looks = cold.idle, []

    def begins(cutoff):
        looks.append(cutoff)
        if len(looks) == 2:  # under the lock
            create_reply(talk, "", status="queued")
        return idle(cutoff)

    monkeypatch.setattr(cold, "idle", begins)

    assert cold.freeze_some(NOW) is None
    assert not ColdPart.objects.exists()


def test_what_was_opened_is_not_idle(alice):
    talk = said_in(alice)
    freeze()
    thread.page(by=alice.pk, conversation_id=talk.id)
    assert not ColdPart.objects.exists()

    assert freeze() == 0
    assert freeze(NOW + timedelta(days=181)) == 1


def test_opening_does_not_say_that_a_reply_was_seen(alice):
    talk = said_in(alice, replied_at=OLD, read_at=None)
    freeze()
    talk.refresh_from_db()

    cold.thaw(talk)

    talk.refresh_from_db()
    assert talk.is_unread


def test_what_stands_for_personal_data_stays_that(alice, settings):
    settings.PII_POLICY = "vault"
    talk = said_in(alice, ["Write to maya@example.org."])
    message = Message.objects.filter(conversation=talk).earliest("id")
    stored = SealedTextField.stored_form(message, "body")
    assert "maya" not in stored[0] and "maya" in message.body

    for move in (freeze, lambda: cold.thaw(Conversation.objects.get())):
        move()
        cold_copy.forget()
        again = Message.objects.get(id=message.id)
        assert SealedTextField.stored_form(again, "body") == stored
        assert again.body == "Write to maya@example.org."
