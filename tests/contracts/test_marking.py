"""Pinned messages go with every turn; excluded ones with none; never both."""

from __future__ import annotations

import uuid

import pytest

from conversations.models import Message, Summary
from conversations.services import access, marking, messages

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def said(alice) -> Message:
    posted = messages.post(by=alice.id, request_id=uuid.uuid4(), text="I live in Oslo.")
    return Message.objects.get(id=posted.message)


def marks(message: Message) -> tuple[bool, bool]:
    message.refresh_from_db()
    return message.pinned_at is not None, message.excluded


def test_a_message_is_pinned_or_excluded_or_neither(alice, said):
    for mark, expected in (
        (marking.pin, (True, False)),
        (marking.exclude, (False, True)),
        (marking.pin, (True, False)),
        (marking.unpin, (False, False)),
        (marking.exclude, (False, True)),
        (marking.include, (False, False)),
    ):
        mark(by=alice.id, message_id=said.id)
        assert marks(said) == expected


def test_pinning_twice_keeps_the_first_moment(alice, said):
    first = marking.pin(by=alice.id, message_id=said.id).pinned_at
    assert marking.pin(by=alice.id, message_id=said.id).pinned_at == first


def test_somebody_elses_message_has_no_marks_to_set(bob, said):
    for mark in (marking.pin, marking.unpin, marking.exclude, marking.include):
        with pytest.raises(access.NotFound):
            mark(by=bob.id, message_id=said.id)
    assert marks(said) == (False, False)


def test_only_so_many_are_pinned(alice, said, monkeypatch):
    monkeypatch.setattr(marking, "MOST_PINNED", 1)
    marking.pin(by=alice.id, message_id=said.id)
    reply = Message.objects.get(role="assistant")
    with pytest.raises(marking.TooManyPinned):
        marking.pin(by=alice.id, message_id=reply.id)
    marking.pin(by=alice.id, message_id=said.id)


def test_no_summary_speaks_of_what_was_excluded(alice, said):
    def summary(covers: Message, version: int) -> Summary:
        return Summary.objects.create(
            conversation=said.conversation,
            owner_id=alice.id,
            covers=covers,
            covered=covers.depth,
            text="lives in Oslo",
            tokens=3,
            source_tokens=9,
            version=version,
        )

    reply = Message.objects.get(role="assistant")
    kept, gone = summary(said, 1), summary(reply, 2)
    marking.exclude(by=alice.id, message_id=reply.id)
    assert list(Summary.objects.all()) == [kept]
    marking.exclude(by=alice.id, message_id=said.id)
    assert not Summary.objects.exists()
    assert gone.version == 2
