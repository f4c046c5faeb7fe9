"""Messages that wait can be reworded, dropped, and are not without number."""

from __future__ import annotations

import uuid

import pytest

from conversations.core.turn import Outcome
from conversations.models import Conversation, Message, Turn
from conversations.services import (
    access,
    acknowledging,
    messages,
    queueing,
    revising,
    thread,
    turns,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()


def post(person, text, **fields):
    return messages.post(by=person.id, request_id=uuid.uuid4(), text=text, **fields)


@pytest.fixture
def running(alice):
    """A conversation whose first message is being answered."""
    posted = post(alice, "first")
    return posted, turns.begin(posted.turn, runner=RUNNER)


def more(person, posted, *texts):
    return [post(person, text, conversation_id=posted.conversation) for text in texts]


def drop(person, posted, **fields):
    fields.setdefault("request_id", uuid.uuid4())
    return queueing.drop(by=person.id, message_id=posted.message, **fields)


def edit(person, posted, text):
    return revising.edit(
        by=person.id,
        request_id=uuid.uuid4(),
        message_id=posted.message,
        text=text,
        rerun=True,
    )


def finish(briefing, text="an answer"):
    return turns.settle(briefing, Outcome(text=text), runner=RUNNER)


def said(person, posted) -> list[str]:
    shown = thread.page(by=person.id, conversation_id=posted.conversation).shown
    return [each.text for each in shown if each.message.role == "user"]


def asked(turn) -> list[str]:
    """What the model is shown of the person's words."""
    briefing = turns.begin(turn, runner=RUNNER)
    words = [item.text for item in briefing.request.items if item.role == "user"]
    finish(briefing)
    return words


def test_a_reworded_message_is_answered_in_its_place(alice, running):
    posted, briefing = running
    second, third = more(alice, posted, "second", "third")

    edited = edit(alice, second, "better")

    assert (edited.turn, edited.reply) == (second.turn, second.reply)
    assert edited.message != second.message
    assert said(alice, posted) == ["first", "better", "third"]
    assert finish(briefing).next == second.turn
    assert asked(second.turn) == ["first", "better"]
    assert asked(third.turn) == ["first", "better", "third"]
    assert Message.objects.get(id=second.message).body == "second"


def test_both_wordings_are_versions(alice, running):
    posted, _ = running
    (second,) = more(alice, posted, "second")
    edited = edit(alice, second, "better")

    revising.show_branch(
        by=alice.id, conversation_id=posted.conversation, message_id=second.message
    )
    assert said(alice, posted) == ["first", "second"]
    revising.show_branch(
        by=alice.id, conversation_id=posted.conversation, message_id=edited.message
    )
    assert said(alice, posted) == ["first", "better"]


def test_what_is_planned_while_it_is_reworded_is_planned_again(
    alice, running, monkeypatch
):
    posted, briefing = running
    (second,) = more(alice, posted, "second")
    finish(briefing)
    plan, plans = turns.plan, []

    def plan_slowly(turn, offer):
        made = plan(turn, offer)
        if not plans:
            edit(alice, second, "better")
        plans.append(made)
        return made

    monkeypatch.setattr(turns, "plan", plan_slowly)

    assert asked(second.turn) == ["first", "better"]
    assert len(plans) == 2


def test_a_message_that_is_being_answered_gets_a_new_turn(alice, running):
    posted, _ = running

    edited = edit(alice, posted, "better")

    assert edited.turn != posted.turn
    assert Turn.objects.get(id=posted.turn).status == "running"


def test_a_dropped_message_is_gone_and_the_next_move_up(alice, running):
    posted, briefing = running
    second, third, fourth = more(alice, posted, "second", "third", "fourth")

    dropped = drop(alice, second)

    assert (dropped.turn, dropped.branched) == (None, True)
    assert dropped.ended.turn == second.turn
    assert said(alice, posted) == ["first", "third", "fourth"]
    assert not Message.objects.filter(id__in=[second.message, second.reply]).exists()
    assert not Turn.objects.filter(id=second.turn).exists()
    depths = Message.objects.filter(conversation=posted.conversation).order_by("id")
    assert list(depths.values_list("depth", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert finish(briefing).next == third.turn
    assert asked(third.turn) == ["first", "third"]
    assert asked(fourth.turn) == ["first", "third", "fourth"]


def test_the_last_message_can_be_dropped(alice, running):
    posted, briefing = running
    (second,) = more(alice, posted, "second")
    before = Conversation.objects.get(id=posted.conversation)

    drop(alice, second)

    after = Conversation.objects.get(id=posted.conversation)
    assert (before.head_id, after.head_id) == (second.reply, posted.reply)
    assert (before.message_count, after.message_count) == (4, 2)
    assert after.token_count < before.token_count
    assert finish(briefing).next is None
    (third,) = more(alice, posted, "third")
    assert asked(third.turn) == ["first", "third"]


def test_dropping_twice_is_acknowledged_twice(alice, running):
    posted, _ = running
    (second,) = more(alice, posted, "second")
    request = uuid.uuid4()

    once = drop(alice, second, request_id=request)
    again = drop(alice, second, request_id=request)

    assert (once.message, once.turn) == (again.message, again.turn)
    assert again.repeated
    assert again.ended is None


def test_what_has_begun_cannot_be_dropped(alice, running):
    posted, briefing = running
    (second,) = more(alice, posted, "second")
    finish(briefing)
    turns.begin(second.turn, runner=RUNNER)

    for begun in (posted, second):
        with pytest.raises(queueing.AlreadyBegun):
            drop(alice, begun)
    assert said(alice, posted) == ["first", "second"]


def test_a_reply_that_waits_to_go_on_is_not_dropped(alice, running):
    posted, briefing = running
    turns.settle(briefing, Outcome(status="stopped", text="half"), runner=RUNNER)
    revising.resume(by=alice.id, request_id=uuid.uuid4(), turn_id=posted.turn)

    with pytest.raises(queueing.AlreadyBegun):
        drop(alice, posted)


def test_somebody_elses_message_cannot_be_dropped(alice, bob, running):
    posted, _ = running
    (second,) = more(alice, posted, "second")

    with pytest.raises(access.NotFound):
        drop(bob, second)
    assert said(alice, posted) == ["first", "second"]


def test_so_many_may_wait_and_no_more(alice, running):
    posted, briefing = running
    more(alice, posted, *(f"message {n}" for n in range(queueing.MOST_WAITING)))

    with pytest.raises(queueing.TooManyWaiting):
        more(alice, posted, "one too many")
    with pytest.raises(queueing.TooManyWaiting):
        edit(alice, posted, "that is one more, too")

    finish(briefing)
    more(alice, posted, "there is room again")


def test_a_repeated_message_is_acknowledged_though_the_queue_is_full(alice, running):
    posted, _ = running
    request = uuid.uuid4()
    words = {"by": alice.id, "request_id": request, "text": "the first that waits"}
    words["conversation_id"] = posted.conversation
    first = messages.post(**words)
    more(alice, posted, *(f"message {n}" for n in range(queueing.MOST_WAITING - 1)))

    again = messages.post(**words)

    assert (again.message, again.repeated) == (first.message, True)
    assert acknowledging.acknowledged(alice.id, request) is not None
