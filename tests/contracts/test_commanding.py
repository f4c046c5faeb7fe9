"""Commands act once, tell what they did, and leave nothing to a model."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from accounts import facts
from conversations.core.commands import COMMANDS, command_in
from conversations.core.turn import Outcome
from conversations.models import Conversation, Message
from conversations.services import (
    access,
    commanding,
    conversations,
    messages,
    preferences,
    thread,
    turns,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()


def type_in(person, text, conversation=None, request_id=None):
    return commanding.carry_out(
        by=person.id,
        request_id=request_id or uuid.uuid4(),
        command=command_in(text),
        conversation_id=conversation,
    )


def notice(person, text, conversation=None) -> str:
    return type_in(person, text, conversation).notice


def talk(person, *texts, conversation=None):
    for text in texts:
        posted = messages.post(
            by=person.id,
            request_id=uuid.uuid4(),
            text=text,
            conversation_id=conversation,
        )
        conversation = posted.conversation
        briefing = turns.begin(posted.turn, runner=RUNNER)
        turns.settle(briefing, Outcome(text=f"re: {text}"), runner=RUNNER)
    return conversation


def test_every_command_of_the_help_does_something():
    assert commanding.DOES.keys() == COMMANDS.keys()


def test_a_fact_is_set_shown_and_unset(alice):
    posted = type_in(alice, "/set name Maya")
    assert (posted.conversation, posted.message, posted.turn) == (None, None, None)
    assert posted.notice == "Remembered: name: Maya"
    assert notice(alice, "/set name Maya") == "Known already: name: Maya"
    assert notice(alice, "/set home town Oslo") == "Remembered: home: town Oslo"
    assert notice(alice, "/facts").splitlines() == ["home: town Oslo", "name: Maya"]
    assert notice(alice, "/unset NAME") == "Forgotten: name: Maya"
    assert notice(alice, "/unset name") == "Nothing is known as “name”."
    assert [fact.key for fact in facts.known(alice.id)] == ["home"]


def test_a_sentence_is_remembered_and_found_by_its_words(alice):
    notice(alice, "/remember I am allergic to nuts.")
    notice(alice, "/remember My sister bakes nut cakes.")
    assert "Which one?" in notice(alice, "/forget nut")
    assert "allergic" in notice(alice, "/forget allergic to nuts")
    assert "Nothing that is known" in notice(alice, "/forget allergic")
    assert len(facts.known(alice.id)) == 1


@pytest.mark.parametrize(
    "text", ["/set", "/set name", "/unset", "/remember", "/forget"]
)
def test_a_command_without_its_words_tells_how_it_is_written(alice, text):
    assert notice(alice, text).startswith("Write it like this: /")


def test_an_unknown_command_tells_where_the_list_is(alice):
    told = notice(alice, "/frobnicate")
    assert told == "There is no command /frobnicate. /help lists them all."
    assert "/set name Maya" in notice(alice, "/help")


@pytest.mark.parametrize(
    "text",
    ["/history", "/reset", "/strategy", "/model", "/system", "/title", "/export"],
)
def test_what_is_about_a_conversation_needs_one(alice, text):
    assert "Say something first" in notice(alice, text)


def test_a_repeated_command_acts_once_and_answers_the_same(alice):
    conversation, request = talk(alice, "one"), uuid.uuid4()
    first = type_in(alice, "/title Mine", conversation, request)
    conversations.rename(by=alice.id, conversation_id=conversation, title="Later")
    again = type_in(alice, "/title Mine", conversation, request)
    assert (again.notice, again.repeated) == (first.notice, True)
    assert Conversation.objects.get(id=conversation).title == "Later"


def test_a_reset_begins_a_branch_and_keeps_the_other(alice):
    conversation = talk(alice, "My name is Maya.")
    posted = type_in(alice, "/reset", conversation)
    assert posted.branched
    assert thread.page(by=alice.id, conversation_id=conversation).shown == []
    talk(alice, "What is my name?", conversation=conversation)
    shown = thread.page(by=alice.id, conversation_id=conversation).shown
    assert [said.text for said in shown][0] == "What is my name?"
    assert shown[0].version == 2
    assert Message.objects.filter(conversation_id=conversation).count() == 4


def test_nothing_is_reset_under_a_reply_that_is_being_written(alice):
    posted = messages.post(by=alice.id, request_id=uuid.uuid4(), text="Hello")
    assert "being written" in notice(alice, "/reset", posted.conversation)
    assert Conversation.objects.get().head_id == posted.reply


def test_the_history_is_shown_in_short(alice):
    conversation = talk(alice, "one", "two", "three " * 100)
    lines = notice(alice, "/history 3", conversation).splitlines()
    assert lines[0] == "Assistant: re: two"
    assert lines[1].endswith("…")
    assert len(lines) == 3
    assert len(notice(alice, "/history", conversation).splitlines()) == 5
    for nonsense in ("0", "-1", "x", "51", "9" * 5_000):
        assert "from 1 to 50" in notice(alice, f"/history {nonsense}", conversation)


def test_a_conversation_is_set_up_by_commands(alice):
    conversation = talk(alice, "one")
    assert "window" in notice(alice, "/strategy", conversation)
    notice(alice, "/strategy full", conversation)
    notice(alice, "/model demo-fast", conversation)
    notice(alice, "/system Answer briefly.\nAnd kindly.", conversation)
    notice(alice, "/title Kept short", conversation)
    row = Conversation.objects.get(id=conversation)
    assert (row.strategy, row.model, row.title) == ("full", "demo-fast", "Kept short")
    assert row.system_prompt == "Answer briefly.\nAnd kindly."
    assert "these strategies" in notice(alice, "/strategy best", conversation)
    notice(alice, "/system off", conversation)
    row.refresh_from_db()
    assert row.system_prompt == ""


def test_what_holds_is_the_persons_own_where_the_conversation_says_nothing(alice):
    conversation = talk(alice, "one")
    preferences.change(alice.id, strategy="recall", model="demo-fast")
    assert "strategy is recall" in notice(alice, "/strategy", conversation)
    assert "model is demo-fast" in notice(alice, "/model", conversation)
    notice(alice, "/strategy Window", conversation)
    assert "strategy is window" in notice(alice, "/strategy", conversation)


def test_the_export_names_the_files(alice):
    conversation = talk(alice, "one")
    told = notice(alice, "/export", conversation)
    assert f"/c/{conversation}/export.md" in told


def test_commands_know_no_other_person(alice, bob):
    conversation = talk(alice, "one")
    type_in(alice, "/set name Maya")
    for text in ("/history", "/reset", "/title Mine", "/help"):
        with pytest.raises(access.NotFound):
            type_in(bob, text, conversation)
    assert notice(bob, "/facts").startswith("Nothing is known")
    assert "Nothing that is known" in notice(bob, "/forget Maya")


def test_no_word_of_a_notice_is_readable_in_the_database(alice):
    type_in(alice, "/set name Maya")
    type_in(alice, "/facts")
    with connection.cursor() as cursor:
        cursor.execute("SELECT notice FROM conversations_acknowledgement")
        rows = cursor.fetchall()
    assert len(rows) == 2
    assert not any(b"Maya" in bytes(row[0]) for row in rows)
