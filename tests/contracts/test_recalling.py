"""What was said long ago comes back, wherever it was said."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from conversations.core.embeddings import unit
from conversations.core.errors import ModelUnavailable
from conversations.core.turn import Outcome
from conversations.models import Conversation, IndexEntry, Message, Preferences, Turn
from conversations.providers.embeddings.none import NoEmbedder
from conversations.services import (
    conversations,
    indexing,
    messages,
    preferences,
    revising,
    turns,
    vectors,
)
from conversations.services.branches import Branch
from conversations.services.recalling import Memory, Names, recall_for

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
SMALL_TALK = [f"Today I walked {n} miles along the river." for n in range(8)]


def say(person, text, conversation=None, **fields):
    return messages.post(
        by=person.id,
        request_id=uuid.uuid4(),
        text=text,
        conversation_id=conversation,
        **fields,
    )


def answer(posted, text):
    briefing = turns.begin(posted.turn, runner=RUNNER)
    turns.settle(briefing, Outcome(text=text), runner=RUNNER)


def talk(person, *texts, conversation=None, **fields):
    for text in texts:
        posted = say(person, text, conversation, **fields)
        conversation, fields = posted.conversation, {}
        answer(posted, f"I see, {text}")
    return conversation


def branch_of(posted) -> Branch:
    said = Message.objects.select_related("conversation__owner").get(id=posted.message)
    return Branch(said.conversation, said.id, said.depth)


def recalled(posted, question, turns=3, embedder=None, **options):
    memory = Memory(branch_of(posted), embedder or NoEmbedder(), Names(), **options)
    return memory.find(question, turns)


def words(found) -> list[str]:
    return [message.text for turn in found for message in turn.messages]


def test_a_turn_of_another_conversation_is_found_with_its_place(alice):
    told = talk(alice, *SMALL_TALK[:3], "My boat is called Grebe.", *SMALL_TALK[3:])
    asked = say(alice, "What is my boat called?")
    best = recalled(asked, "What is my boat called?")[0]
    assert words([best]) == [
        "My boat is called Grebe.",
        "I see, My boat is called Grebe.",
    ]
    assert (best.conversation, best.messages[0].place) == (told, 0)
    assert best.said == Message.objects.get(id=best.messages[0].id).created
    assert 0 < best.score <= 1


def test_a_turn_of_the_same_conversation_has_its_place_on_the_branch(alice):
    here = talk(alice, "My boat is called Grebe.", *SMALL_TALK)
    asked = say(alice, "What is my boat called?", here)
    best = recalled(asked, "What is my boat called?")[0]
    assert [m.place for m in best.messages] == [1, 2]


def test_a_reply_brings_its_question_along(alice):
    posted = say(alice, "What was it again?")
    answer(posted, "The lighthouse at Skagen.")
    best = recalled(say(alice, "lighthouse?"), "Which lighthouse?")[0]
    assert words([best]) == ["What was it again?", "The lighthouse at Skagen."]


def test_the_question_itself_is_never_recalled(alice):
    here = talk(alice, "Hello")
    asked = say(alice, "Where is the zeppelin?", here)
    assert recalled(asked, "Where is the zeppelin?") == []


@pytest.mark.parametrize("question", ["", "?!", "the and of", "\ud800", "x" * 50_000])
def test_odd_questions_find_nothing_and_break_nothing(alice, question):
    talk(alice, "Hello there")
    assert recalled(say(alice, "?"), question) == []


def test_who_has_said_nothing_recalls_nothing(alice):
    conversation = Conversation.objects.create(owner=alice, title="Empty")
    memory = Memory(Branch(conversation, None, 0), NoEmbedder(), Names())
    IndexEntry.objects.all().delete()
    assert memory.find("Which boat?", 3) == []


# --- what is never recalled
def test_another_persons_words_never_are(alice, bob):
    talk(bob, "My boat is called Heron, canary.")
    talk(alice, "Hello")
    assert recalled(say(alice, "boat?"), "Which boat, canary?") == []


def test_even_under_the_same_hashes_another_persons_words_never_are(alice, bob):
    theirs = talk(bob, "My boat is called Heron, canary.")
    mine = talk(alice, "My boat is called Grebe.")
    stolen = IndexEntry.objects.get(message__conversation=mine, role="user").terms
    IndexEntry.objects.filter(conversation=theirs, kind="m").update(terms=stolen)
    found = words(recalled(say(alice, "boat?"), "Which boat?"))
    assert any("Grebe" in text for text in found)
    assert not any("canary" in text for text in found)


def test_temporary_conversations_neither_give_nor_take(alice):
    talk(alice, "My boat is called Grebe.", temporary=True)
    talk(alice, "My kite is red.")
    assert recalled(say(alice, "boat?"), "Which boat?") == []
    asked = say(alice, "Which kite?", temporary=True)
    found = recall_for(branch_of(asked), preferences.of(alice.id))
    assert found.find("Which kite?", 3) == []


def test_a_temporary_conversation_finds_its_own_turns_again(alice):
    here = talk(alice, "My boat is called Grebe.", *SMALL_TALK, temporary=True)
    asked = say(alice, "Which boat?", here)
    found = recall_for(branch_of(asked), preferences.of(alice.id)).find("boat", 3)
    assert "My boat is called Grebe." in words(found)


def test_excluded_messages_never_are(alice):
    told = talk(alice, "My boat is called Grebe.")
    Message.objects.filter(conversation=told, role="user").update(excluded=True)
    found = words(recalled(say(alice, "?"), "Which boat?"))
    assert "My boat is called Grebe." not in found


def test_the_trash_is_not_recalled_and_what_is_erased_is_gone(alice):
    told = talk(alice, "My boat is called Grebe.")
    asked = say(alice, "Which boat?")
    assert recalled(asked, "Which boat?")
    conversations.to_trash(by=alice.id, conversation_id=told)
    assert recalled(asked, "Which boat?") == []
    conversations.restore(by=alice.id, conversation_id=told)
    assert recalled(asked, "Which boat?")
    conversations.to_trash(by=alice.id, conversation_id=told)
    conversations.erase(by=alice.id, conversation_id=told)
    assert recalled(asked, "Which boat?") == []


def test_a_conversation_that_is_no_part_of_memory_keeps_to_itself(alice):
    told = talk(alice, "My boat is called Grebe.", *SMALL_TALK)
    talk(alice, "My kite is red.")
    Conversation.objects.filter(id=told).update(recalls=False)
    assert recalled(say(alice, "?"), "Which boat?") == []
    asked = say(alice, "Which boat, which kite?", told)
    found = words(recalled(asked, "Which boat, which kite?"))
    assert "My boat is called Grebe." in found
    assert "My kite is red." not in found


def test_who_recalls_nothing_still_finds_this_conversations_turns(alice):
    talk(alice, "My kite is red.")
    here = talk(alice, "My boat is called Grebe.", *SMALL_TALK)
    Preferences.objects.create(owner=alice, recalls=False)
    asked = say(alice, "Which boat, which kite?", here)
    memory = recall_for(branch_of(asked), preferences.of(alice.id))
    found = words(memory.find("Which boat, which kite?", 5))
    assert "My boat is called Grebe." in found
    assert "My kite is red." not in found


def test_only_the_branch_that_is_shown_is(alice):
    told = talk(alice, "My boat is called Grebe.", "And my cat is Tove.")
    first = Message.objects.filter(conversation=told).earliest("id")
    edited = revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=first.id,
        text="My boat is called Teal.",
        rerun=True,
    )
    answer(edited, "Fine.")
    for where in (None, told):
        asked = say(alice, "Well?", where)
        found = words(recalled(asked, "Which boat, which cat?"))
        assert found == ["My boat is called Teal.", "Fine."]


# --- what speaks for a turn
def test_a_day_that_is_named_is_found_without_a_word_in_common(alice):
    told = talk(alice, "We repaired the roof.")
    day = datetime(2026, 3, 14, 12, tzinfo=UTC)
    Message.objects.filter(conversation=told).update(created=day)
    IndexEntry.objects.filter(conversation=told).delete()
    while indexing.Missing().index_some():
        pass
    found = words(recalled(say(alice, "?"), "What happened on 14 March 2026?"))
    assert "We repaired the roof." in found


def test_names_tell_whose_words_are_asked_for(alice):
    talk(alice, "I bought a lamp.")
    posted = say(alice, "And?")
    answer(posted, "A lamp was what I recommended.")
    memory = Memory(
        branch_of(say(alice, "?")), NoEmbedder(), Names("Alice", "Understory")
    )
    person = memory.ranked("What lamp did Alice mention?", 1)[0][0]
    other = memory.ranked("What lamp did Understory mention?", 1)[0][0]
    assert (person.role, other.role) == ("user", "assistant")


class Meanings:
    """An embedder that knows two meanings."""

    name, dimensions, batch = "meanings", 3, 8

    def embed(self, texts, *, hurry=False):
        vessels = ("boat", "grebe", "vessel")
        return unit(
            np.array(
                [
                    [1.0, 0.0, 0.2]
                    if any(word in text.lower() for word in vessels)
                    else [0.0, 1.0, 0.01 * len(text)]
                    for text in texts
                ]
            )
        )

    def close(self):
        pass


class Broken(Meanings):
    def embed(self, texts, *, hurry=False):
        raise ModelUnavailable("No embeddings today.")


def test_meaning_finds_what_words_do_not(alice):
    talk(alice, *SMALL_TALK, "The boat is Grebe.")
    missing = vectors.Missing(Meanings())
    while missing.index_some():
        pass
    asked = say(alice, "Which vessel?")
    assert recalled(asked, "Name the vessel") == []
    found = words(recalled(asked, "Name the vessel", embedder=Meanings()))
    assert found[0] == "The boat is Grebe."


def test_without_its_embeddings_it_finds_by_words(alice, caplog):
    talk(alice, "My boat is called Grebe.")
    found = recalled(say(alice, "?"), "Which boat?", embedder=Broken())
    assert words(found)[0] == "My boat is called Grebe."
    assert "recalled without vectors" in caplog.text


# --- its cost
def test_it_asks_as_much_of_many_conversations_as_of_few(
    alice, django_assert_max_num_queries
):
    talk(alice, "My boat is called Grebe.")
    asked = say(alice, "Which boat?")
    with django_assert_max_num_queries(13):
        recalled(asked, "Which boat?", 8)
    for number in range(30):
        talk(alice, f"My boat number {number} is called Grebe.")
    with django_assert_max_num_queries(13):
        assert len(recalled(asked, "Which boat?", 8)) == 8


def test_a_long_conversation_remembers_by_the_default_strategy(alice):
    conversation = talk(alice, "My boat is called Grebe.", *SMALL_TALK)
    asked = say(alice, "What is my boat called?", conversation)
    assert Turn.objects.get(id=asked.turn).strategy == "hybrid"
    briefing = turns.begin(asked.turn, runner=RUNNER)
    assert any("Grebe" in item.text for item in briefing.request.items)


def test_months_later_a_new_conversation_remembers(alice):
    told = talk(alice, "My boat is called Grebe.")
    long_ago = timezone.now() - timedelta(days=200)
    Message.objects.filter(conversation=told).update(created=long_ago)
    asked = say(alice, "What is my boat called?")
    briefing = turns.begin(asked.turn, runner=RUNNER)
    quoted = next(i.text for i in briefing.request.items if "Grebe" in i.text)
    assert f"{long_ago:%Y-%m-%d}" in quoted
