"""A text that cannot be opened is told to the audit log, once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from accounts import keyring
from accounts.models import AuditEvent, DataKey, User
from chatsite.lib import unreadable as noting
from chatsite.lib.fields import MARKER
from chatsite.lib.unreadable import Notes, notes
from conversations.models import Conversation, Message
from conversations.services import unreadable
from conversations.upkeep import UPKEEP, record_unreadable
from tests.factories import create_conversation

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    notes.take()
    monkeypatch.setattr(notes, "_known", set())


@pytest.fixture
def lost(alice: User) -> Conversation:
    talk = create_conversation(alice, messages=1)
    DataKey.objects.all().delete()
    keyring.forget(alice.id)
    return talk


def events() -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(action="conversations.unreadable")
    return list(rows.values_list("subject_kind", "subject_id"))


def test_reading_it_writes_nothing_and_upkeep_records_it(
    lost: Conversation, django_assert_num_queries: Callable
) -> None:
    message = Message.objects.get(conversation=lost)
    with django_assert_num_queries(0):
        assert message.body == MARKER

    assert unreadable.record_some() == 1

    assert events() == [("conversations.message", str(message.pk))]


def test_once_a_day_is_enough(lost: Conversation) -> None:
    for _ in range(3):
        assert Conversation.objects.get(pk=lost.pk).title == MARKER
        unreadable.record_some()

    assert events() == [("conversations.conversation", str(lost.pk))]


def test_what_is_gone_by_then_is_nobodys_trouble(lost: Conversation) -> None:
    assert Conversation.objects.get(pk=lost.pk).title == MARKER
    Conversation.objects.all().delete()

    assert unreadable.record_some() == 0
    assert events() == []


def test_what_can_be_read_is_not_noted(alice: User) -> None:
    talk = create_conversation(alice)
    assert Conversation.objects.get(pk=talk.pk).title == "A talk"

    assert notes.take() == []


def test_each_row_is_noted_once_a_day_and_no_more_than_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(noting, "AT_MOST", 2)
    today = date(2026, 1, 1)
    noted = Notes(lambda: today)
    for key in ("1", "1", "2", "3"):
        noted.add("m", key)
    assert noted.take() == [("m", "1"), ("m", "2")]
    assert noted.take() == []

    today = date(2026, 1, 2)
    noted.add("m", "1")
    assert noted.take() == [("m", "1")]


def test_the_server_does_it_by_itself() -> None:
    assert record_unreadable in UPKEEP
