"""What was said long ago comes back when a question has its words."""

from __future__ import annotations

import uuid

import pytest

from conversations.core.turn import Outcome
from conversations.models import Message
from conversations.services import latest_messages, messages, queueing, revising, turns
from conversations.services.branches import Branch

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()


@pytest.fixture(autouse=True)
def _nothing_kept():
    latest_messages._memory.forget()
    latest_messages._branches.forget()


def say(person, text, conversation=None, **fields):
    return messages.post(
        by=person.id,
        request_id=uuid.uuid4(),
        text=text,
        conversation_id=conversation,
        **fields,
    )


def talk(person, *texts, conversation=None):
    for text in texts:
        posted = say(person, text, conversation)
        conversation = posted.conversation
        briefing = turns.begin(posted.turn, runner=RUNNER)
        turns.settle(briefing, Outcome(text=f"I see, {text}"), runner=RUNNER)
    return conversation


def recalled(posted, question, turns=3):
    said = Message.objects.select_related("conversation").get(id=posted.message)
    branch = Branch(said.conversation, said.id, said.depth)
    return latest_messages.LatestMessages(branch).find(question, turns)


SMALL_TALK = [f"Today I walked {n} miles along the river." for n in range(12)]


def test_a_turn_is_found_by_its_words(alice):
    conversation = talk(alice, "My boat is called Grebe.", *SMALL_TALK)
    asked = say(alice, "What is my boat called?", conversation)
    best = recalled(asked, "What is my boat called?")[0]
    assert [m.text for m in best.messages] == [
        "My boat is called Grebe.",
        "I see, My boat is called Grebe.",
    ]
    assert best.conversation == conversation
    assert [m.place for m in best.messages] == [1, 2]


def test_the_question_itself_is_not_recalled(alice):
    conversation = talk(alice, "Hello")
    asked = say(alice, "Where is the zeppelin?", conversation)
    assert recalled(asked, "Where is the zeppelin?") == []


def test_what_has_no_words_finds_nothing(alice):
    conversation = talk(alice, "Hello")
    assert recalled(say(alice, "?!", conversation), "?!") == []


def test_another_branch_and_another_person_are_never_recalled(alice, bob):
    conversation = talk(alice, "My boat is called Grebe.", "And my cat is Tove.")
    talk(bob, "My boat is called Heron.")
    first = Message.objects.filter(owner_id=alice.id).earliest("id")
    edited = revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=first.id,
        text="My boat is called Teal.",
        rerun=True,
    )
    briefing = turns.begin(edited.turn, runner=RUNNER)
    turns.settle(briefing, Outcome(text="Fine."), runner=RUNNER)
    asked = say(alice, "Which boat, which cat?", conversation)
    words = [m.text for r in recalled(asked, "boat cat") for m in r.messages]
    assert words == ["My boat is called Teal.", "Fine."]


def test_looking_again_reads_only_what_is_new(alice, django_assert_num_queries):
    conversation = talk(alice, "My boat is called Grebe.", *SMALL_TALK)
    asked = say(alice, "Which boat?", conversation)
    recalled(asked, "Which boat?")
    # the message, its branch; the words of what is found
    with django_assert_num_queries(4):
        assert recalled(asked, "Which boat?")


def test_a_branch_is_remembered_up_to_the_last_question_and_walked_from_there(alice):
    conversation = talk(alice, "My boat is called Grebe.", *SMALL_TALK)
    for text in ("Which boat?", "Which boat, again?"):
        asked = say(alice, text, conversation)
        remembered = recalled(asked, "boat")
        latest_messages._branches.forget()
        assert recalled(asked, "boat") == remembered
        briefing = turns.begin(asked.turn, runner=RUNNER)
        turns.settle(briefing, Outcome(text="Grebe."), runner=RUNNER)


def test_what_is_dropped_while_a_question_waits_is_not_recalled_for_it(alice):
    conversation = talk(alice, "Hello")
    running = say(alice, "Tell me a story.", conversation)
    dropped = say(alice, "My boat is called Grebe.", conversation)
    waits = say(alice, "Which boat?", conversation)
    assert recalled(waits, "boat")
    queueing.drop(by=alice.id, request_id=uuid.uuid4(), message_id=dropped.message)
    assert recalled(waits, "boat") == []
    assert running.turn
