"""Second thoughts, on every database: nothing is overwritten, branches stay apart."""

from __future__ import annotations

import uuid

import pytest

from conversations.core.model_api import Usage
from conversations.core.prompts import RESUME_PROMPT
from conversations.core.turn import Outcome
from conversations.models import Conversation, Message, Turn
from conversations.services import (
    access,
    messages,
    revising,
    takeover,
    thread,
    turns,
)
from conversations.services.acknowledging import StaleParent
from conversations.services.turns import Chunk

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()


def post(person, text, **fields):
    return messages.post(by=person.id, request_id=uuid.uuid4(), text=text, **fields)


def answer(posted, text, **outcome):
    briefing = turns.begin(posted.turn, runner=RUNNER)
    turns.settle(briefing, Outcome(text=text, **outcome), runner=RUNNER)
    return briefing


def edit(person, message, text="other words", rerun=True, **fields):
    fields.setdefault("request_id", uuid.uuid4())
    return revising.edit(
        by=person.id, message_id=message, text=text, rerun=rerun, **fields
    )


def regenerate(person, reply, **fields):
    fields.setdefault("request_id", uuid.uuid4())
    return revising.regenerate(by=person.id, message_id=reply, **fields)


def resume(person, turn, **fields):
    fields.setdefault("request_id", uuid.uuid4())
    return revising.resume(by=person.id, turn_id=turn, **fields)


def shown(person, conversation) -> list[str]:
    page = thread.page(by=person.id, conversation_id=conversation)
    return [said.text for said in page.shown]


def sent(briefing) -> list[str]:
    return [item.text for item in briefing.request.items]


def test_an_edit_is_a_sibling_with_a_context_of_its_own(alice):
    first = post(alice, "one")
    answer(first, "re one")
    second = post(alice, "two", conversation_id=first.conversation)
    answer(second, "re two")
    edited = edit(alice, second.message, "2")
    briefing = answer(edited, "re 2")
    assert sent(briefing) == ["one", "re one", "2"]
    assert shown(alice, first.conversation) == ["one", "re one", "2", "re 2"]
    assert Message.objects.get(id=second.message).body == "two"
    assert Conversation.objects.get().message_count == 6


def test_the_first_message_can_be_edited_too(alice):
    first = post(alice, "one")
    answer(first, "re one")
    edited = edit(alice, first.message, "uno")
    answer(edited, "re uno")
    assert shown(alice, first.conversation) == ["uno", "re uno"]
    page = thread.page(by=alice.id, conversation_id=first.conversation)
    assert page.shown[0].siblings == (first.message, edited.message)
    assert (page.shown[0].version, page.shown[0].previous, page.shown[0].next) == (
        2,
        first.message,
        None,
    )


def test_another_try_is_a_sibling_of_the_reply(alice):
    first = post(alice, "one")
    answer(first, "re one")
    again = regenerate(alice, first.reply, model="demo-fast")
    briefing = answer(again, "again")
    assert (again.message, sent(briefing)) == (first.message, ["one"])
    assert briefing.request.model == "demo-fast"
    assert shown(alice, first.conversation) == ["one", "again"]


def test_branches_can_be_switched_to_their_latest_end_and_back(alice):
    first = post(alice, "one")
    answer(first, "re one")
    second = post(alice, "two", conversation_id=first.conversation)
    answer(second, "re two")
    edited = edit(alice, first.message, "uno")
    answer(edited, "re uno")
    switch = {"by": alice.id, "conversation_id": first.conversation}
    revising.show_branch(**switch, message_id=first.message)
    assert shown(alice, first.conversation) == ["one", "re one", "two", "re two"]
    revising.show_branch(**switch, message_id=edited.message)
    third = post(alice, "tres", conversation_id=first.conversation)
    assert sent(answer(third, "re tres")) == ["uno", "re uno", "tres"]


def test_a_reply_can_be_reworded_without_asking_the_model(alice):
    first = post(alice, "one")
    answer(first, "re one")
    edited = edit(alice, first.reply, "**mine**", rerun=False)
    assert edited.turn is None
    assert shown(alice, first.conversation) == ["one", "**mine**"]
    second = post(alice, "two", conversation_id=first.conversation)
    assert sent(answer(second, "ok")) == ["one", "**mine**", "two"]
    with pytest.raises(revising.NotEditable):
        edit(alice, first.reply, "mine", rerun=True)


def test_what_is_being_written_can_be_neither_edited_nor_tried_again(alice):
    first = post(alice, "one")
    turns.begin(first.turn, runner=RUNNER)
    with pytest.raises(revising.StillRunning):
        regenerate(alice, first.reply)
    with pytest.raises(revising.StillRunning):
        resume(alice, first.turn)


def test_a_stopped_reply_goes_on_in_the_same_turn(alice):
    first = post(alice, "one", model="gpt-5-mini")
    usage = Usage(100, 10)
    answer(first, "Half a", status="stopped", usage=usage)
    cost = Turn.objects.get().cost_usd
    on = resume(alice, first.turn)
    assert (on.turn, on.reply) == (first.turn, first.reply)
    briefing = turns.begin(first.turn, runner=RUNNER)
    assert sent(briefing) == ["one", "Half a", RESUME_PROMPT]
    assert briefing.so_far.text == "Half a"
    turns.checkpoint(
        [Chunk(first.turn, alice.id, 6, " rep")], [first.turn], runner=RUNNER
    )
    assert shown(alice, first.conversation) == ["one", "Half a rep"]
    outcome = Outcome(text="Half a reply.", usage=usage)
    settled = turns.settle(briefing, outcome, runner=RUNNER)
    turn = Turn.objects.get()
    assert (turn.status, turn.input_tokens, turn.cost_usd) == (
        "complete",
        200,
        2 * cost,
    )
    assert (settled.usage, settled.cost_usd) == (Usage(200, 20), 2 * cost)
    assert shown(alice, first.conversation) == ["one", "Half a reply."]
    counted = sum(Message.objects.values_list("tokens", flat=True))
    assert Conversation.objects.get().token_count == counted


def test_a_crash_while_going_on_keeps_both_parts(alice):
    first = post(alice, "one")
    answer(first, "Half a", status="stopped")
    resume(alice, first.turn)
    turns.begin(first.turn, runner=RUNNER)
    chunk = Chunk(first.turn, alice.id, 6, " rep")
    turns.checkpoint([chunk], [first.turn], runner=RUNNER)
    Turn.objects.update(heartbeat=Turn.objects.get().heartbeat - 2 * takeover.STALE)
    assert takeover.reap().again == [first.turn]
    assert turns.begin(first.turn, runner=RUNNER).so_far.text == "Half a rep"
    assert shown(alice, first.conversation) == ["one", "Half a rep"]


def test_only_the_end_of_a_branch_goes_on(alice):
    first = post(alice, "one")
    answer(first, "Half", status="stopped")
    post(alice, "two", conversation_id=first.conversation)
    with pytest.raises(StaleParent):
        resume(alice, first.turn)


def test_repeated_requests_change_nothing(alice):
    first = post(alice, "one")
    answer(first, "Half", status="stopped")
    request_id = uuid.uuid4()
    for ask, target in ((resume, first.turn), (regenerate, first.reply)):
        request_id = uuid.uuid4()
        one = ask(alice, target, request_id=request_id)
        two = ask(alice, target, request_id=request_id)
        assert (two.turn, two.repeated) == (one.turn, True)
        answer(one, "whole")
    edited = edit(alice, first.message, request_id=request_id)
    assert edited.repeated  # the id was used: whatever it now asks for, it was done
    assert Message.objects.count() == 3


def test_a_stranger_finds_nothing(alice, charlie):
    first = post(alice, "one")
    answer(first, "Half", status="stopped")
    mine = post(charlie, "mine")
    with pytest.raises(access.NotFound):
        edit(charlie, first.message)
    with pytest.raises(access.NotFound):
        regenerate(charlie, first.reply)
    with pytest.raises(access.NotFound):
        resume(charlie, first.turn)
    for conversation in (first.conversation, mine.conversation):
        with pytest.raises(access.NotFound):
            revising.show_branch(
                by=charlie.id, conversation_id=conversation, message_id=first.message
            )
