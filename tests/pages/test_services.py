"""What the use cases promise to callers that are not pages."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import DataKey, User
from conversations.models import Conversation
from conversations.services import access, conversations, titles
from tests.factories import create_conversation


def stored(talk: Conversation) -> Conversation:
    return Conversation.objects.get(id=talk.id)


def test_a_new_conversation_belongs_to_who_made_it(alice: User) -> None:
    made = conversations.create(by=alice.pk, title=" Rye\nbread ", model="demo")

    talk = stored(made)
    assert (talk.owner, talk.title, talk.model) == (alice, "Rye bread", "demo")
    assert talk.title_source == Conversation.TitleSource.FIRST_WORDS


def test_a_new_conversation_has_a_title(alice: User) -> None:
    with pytest.raises(titles.BadTitle):
        conversations.create(by=alice.pk, title=" ")
    assert not Conversation.objects.exists()


def test_the_models_title_replaces_the_first_words(alice: User) -> None:
    updated = timezone.now() - timedelta(days=2)
    talk = create_conversation(alice, title="Why is my", updated=updated)

    assert conversations.set_model_title(talk.id, "Rye  starter") is True

    assert stored(talk).title == "Rye starter"
    assert stored(talk).title_source == Conversation.TitleSource.MODEL
    assert stored(talk).updated == updated


def test_the_model_may_think_again(alice: User) -> None:
    talk = create_conversation(alice)
    conversations.set_model_title(talk.id, "One")

    assert conversations.set_model_title(talk.id, "Two") is True
    assert stored(talk).title == "Two"


def test_the_models_title_never_replaces_a_persons(alice: User) -> None:
    talk = create_conversation(alice)
    conversations.rename(by=alice.pk, conversation_id=talk.id, title="Mine")

    assert conversations.set_model_title(talk.id, "The model's") is False
    assert stored(talk).title == "Mine"


def test_a_rename_in_between_wins(alice: User, monkeypatch) -> None:
    talk = create_conversation(alice)
    clean = titles.clean

    def renamed_meanwhile(title: str) -> str:
        monkeypatch.setattr(titles, "clean", clean)
        conversations.rename(by=alice.pk, conversation_id=talk.id, title="Mine")
        return clean(title)

    monkeypatch.setattr(titles, "clean", renamed_meanwhile)

    assert conversations.set_model_title(talk.id, "The model's") is False
    assert stored(talk).title == "Mine"


def test_the_models_title_is_cut_rather_than_refused(alice: User) -> None:
    talk = create_conversation(alice)

    assert conversations.set_model_title(talk.id, "x" * 300) is True
    assert stored(talk).title == "x" * 200


@pytest.mark.parametrize("title", ["", " \n", "\u200b"])
def test_nothing_is_no_title(title: str, alice: User) -> None:
    talk = create_conversation(alice, title="Why is my")

    assert conversations.set_model_title(talk.id, title) is False
    assert stored(talk).title == "Why is my"


def test_a_title_for_what_is_gone_is_dropped(alice: User) -> None:
    assert conversations.set_model_title(uuid.uuid4(), "Late") is False


def test_a_title_for_somebody_without_a_key_is_dropped(alice: User) -> None:
    talk = create_conversation(alice)
    DataKey.objects.all().delete()
    conversations_key_memory_is_cold(alice)

    assert conversations.set_model_title(talk.id, "Late") is False


def conversations_key_memory_is_cold(person: User) -> None:
    from accounts import keyring  # noqa: PLC0415 - only this test reaches into it

    keyring.forget(person.pk)


@pytest.mark.parametrize(
    "act",
    [
        conversations.pin,
        conversations.unpin,
        conversations.archive,
        conversations.unarchive,
        conversations.to_trash,
        conversations.restore,
        conversations.erase,
    ],
)
def test_a_strangers_wish_finds_nothing(act, alice: User, charlie: User) -> None:
    talk = create_conversation(alice)
    before = Conversation.objects.values().get()

    for wanted in (talk.id, uuid.uuid4()):
        with pytest.raises(access.NotFound):
            act(by=charlie.pk, conversation_id=wanted)
    with pytest.raises(access.NotFound):
        conversations.rename(by=charlie.pk, conversation_id=talk.id, title="Mine")

    assert Conversation.objects.values().get() == before


def test_a_title_lies_sealed(alice: User) -> None:
    talk = create_conversation(alice)
    conversations.rename(by=alice.pk, conversation_id=talk.id, title="Very secret")

    raw = Conversation.objects.values_list("title", flat=True).get()

    assert b"secret" not in bytes(raw)
