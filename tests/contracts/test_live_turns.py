"""In how many conversations replies to one person are written."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts.models import User
from conversations.models import Conversation, Message, Turn
from conversations.services import live_turns, messages
from tests.factories import create_conversation, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def two(settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIVE_TURNS = True, 2


def busy(owner: User, *statuses: str) -> Conversation:
    talk = create_conversation(owner)
    for status in statuses:
        create_reply(talk, "", status=status)
    return talk


def test_conversations_count_not_what_waits_in_them(alice: User) -> None:
    talk = busy(alice, Turn.Status.RUNNING, Turn.Status.QUEUED, Turn.Status.QUEUED)
    live_turns.check(Conversation(owner=alice))
    busy(alice, Turn.Status.QUEUED)

    with pytest.raises(live_turns.TooManyLive):
        live_turns.check(Conversation(owner=alice))
    live_turns.check(talk)  # it waits behind the others there


def test_what_is_over_and_what_is_of_others_does_not(alice: User, bob: User) -> None:
    for status in set(Turn.Status) - set(Turn.LIVE):
        busy(alice, status)
    for _ in range(3):
        busy(bob, Turn.Status.RUNNING)

    live_turns.check(Conversation(owner=alice))


def test_a_message_beyond_is_not_stored(alice: User) -> None:
    for _ in range(2):
        busy(alice, Turn.Status.RUNNING)
    before = Message.objects.count()

    with pytest.raises(live_turns.TooManyLive):
        messages.post(by=alice.pk, request_id=uuid.uuid4(), text="one more")

    assert Message.objects.count() == before


def test_without_limits_nobody_asks(
    alice: User, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.RATE_LIMITS = False
    for _ in range(3):
        busy(alice, Turn.Status.RUNNING)

    with django_assert_num_queries(0):
        live_turns.check(Conversation(owner=alice))
