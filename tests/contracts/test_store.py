"""What a turn's life in the database promises, on every database."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from accounts import keyring
from accounts.models import DataKey
from chatsite.lib.crypto import CannotOpen
from conversations.core.errors import ReplyCut
from conversations.core.model_api import Usage
from conversations.core.tokens import count
from conversations.core.turn import Briefing, Outcome
from conversations.models import (
    Acknowledgement,
    Conversation,
    Message,
    Spending,
    Turn,
    TurnChunk,
)
from conversations.services import (
    access,
    history,
    liveness,
    messages,
    takeover,
    turns,
)
from conversations.services.acknowledging import Posted, StaleParent
from conversations.services.growing import UnknownStrategy
from conversations.services.settling import partial_text
from conversations.services.takeover import Reaped
from conversations.services.turns import Chunk

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER, OTHER = uuid.uuid4(), uuid.uuid4()


def post(person, text="hello", **fields) -> Posted:
    fields.setdefault("request_id", uuid.uuid4())
    return messages.post(by=person.id, text=text, **fields)


def answered(posted: Posted, text="hi there", **outcome):
    briefing = turns.begin(posted.turn, runner=RUNNER)
    settled = turns.settle(briefing, Outcome(text=text, **outcome), runner=RUNNER)
    return briefing, settled


# --- posting
def test_a_post_stores_the_message_a_place_for_the_reply_and_a_queued_turn(alice):
    posted = post(alice, "My name is Maya.")
    conversation = Conversation.objects.get()
    said, reply = Message.objects.order_by("depth")
    turn = Turn.objects.get()
    assert posted == Posted(conversation.id, said.id, turn.id, reply.id)
    assert (said.role, said.body, said.tokens) == ("user", "My name is Maya.", 5)
    assert (reply.role, reply.body, reply.parent_id) == ("assistant", "", said.id)
    assert (turn.status, turn.message_id, turn.strategy) == (
        "queued",
        reply.id,
        "hybrid",
    )
    assert (conversation.head_id, conversation.message_count) == (reply.id, 2)
    assert conversation.title == "My name is Maya."


def test_no_word_is_readable_in_the_database(alice):
    posted = post(alice, "Zanzibar is where I hid it")
    turns.begin(posted.turn, runner=RUNNER)
    turns.checkpoint(
        [Chunk(posted.turn, alice.id, 0, "Zanzibar indeed")],
        [posted.turn],
        runner=RUNNER,
    )
    with connection.cursor() as cursor:
        for model in (Conversation, Message, Turn, TurnChunk, Acknowledgement):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            stored = repr([[_raw(value) for value in row] for row in cursor.fetchall()])
            assert "Zanzibar" not in stored


def _raw(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_a_repeated_request_changes_nothing_and_is_answered_the_same(alice):
    request_id = uuid.uuid4()
    first = post(alice, request_id=request_id)
    second = post(alice, request_id=request_id)
    assert second == Posted(
        first.conversation, first.message, first.turn, repeated=True
    )
    assert (Message.objects.count(), Turn.objects.count()) == (2, 1)


def test_two_people_may_use_the_same_request_id(alice, bob):
    request_id = uuid.uuid4()
    first, second = post(alice, request_id=request_id), post(bob, request_id=request_id)
    assert first.conversation != second.conversation


def test_a_foreign_or_unknown_or_deleted_conversation_is_not_found(alice, charlie):
    posted = post(alice)
    with pytest.raises(access.NotFound):
        post(charlie, conversation_id=posted.conversation)
    with pytest.raises(access.NotFound):
        post(alice, conversation_id=uuid.uuid4())
    Conversation.objects.update(deleted_at=timezone.now())
    with pytest.raises(access.NotFound):
        post(alice, conversation_id=posted.conversation)
    assert Message.objects.count() == 2


def test_an_answer_to_an_old_state_is_stale(alice):
    first = post(alice)
    answered(first)
    post(alice, conversation_id=first.conversation, parent_id=first.reply)
    with pytest.raises(StaleParent):
        post(alice, conversation_id=first.conversation, parent_id=first.reply)
    assert Message.objects.count() == 4


def test_an_unknown_strategy_is_refused_before_anything_is_stored(alice):
    with pytest.raises(UnknownStrategy):
        post(alice, strategy="psychic")
    assert Conversation.objects.count() == 0


def test_without_a_data_key_nothing_is_stored(alice):
    DataKey.objects.all().delete()
    keyring.forget(alice.id)
    with pytest.raises(CannotOpen):
        post(alice)
    assert Conversation.objects.count() == 0


# --- planning and settling
def test_a_turn_is_begun_once_with_the_context_it_will_send(alice):
    first = post(alice, "My name is Maya.")
    answered(first, "Hello Maya.")
    second = post(alice, "What is my name?", conversation_id=first.conversation)
    briefing = turns.begin(second.turn, runner=RUNNER)
    assert [(item.role, item.text) for item in briefing.request.items] == [
        ("user", "My name is Maya."),
        ("assistant", "Hello Maya."),
        ("user", "What is my name?"),
    ]
    assert turns.begin(second.turn, runner=OTHER) is None
    assert Turn.objects.get(id=second.turn).runner == RUNNER


def test_a_settled_turn_has_its_reply_usage_cost_and_rendering(alice):
    posted = post(alice, model="gpt-5-mini")
    outcome = {"usage": Usage(1000, 200, 100), "first_token": timezone.now()}
    _, settled = answered(posted, "**bold**", **outcome)
    turn, reply = Turn.objects.get(), Message.objects.get(role="assistant")
    assert (turn.status, turn.input_tokens, turn.output_tokens, turn.cached_tokens) == (
        "complete",
        1000,
        200,
        100,
    )
    assert turn.cost_usd == settled.cost_usd == Decimal("0.0006275")
    assert (reply.body, reply.html) == ("**bold**", "<p><strong>bold</strong></p>\n")
    assert (settled.offset, settled.status, settled.error) == (8, "complete", None)
    assert TurnChunk.objects.count() == 0


def test_an_error_is_stored_in_words(alice):
    error = ReplyCut(detail="HTTP 500")
    _, settled = answered(post(alice), "half", status="interrupted", error=error)
    turn = Turn.objects.get()
    assert (turn.error_code, turn.error_sentence, turn.error_detail) == (
        "interrupted",
        str(error),
        "HTTP 500",
    )
    assert settled.error["retryable"] is True


# --- one live turn per conversation
def test_a_second_message_waits_for_the_first_reply(alice):
    first = post(alice)
    second = post(alice, "and?", conversation_id=first.conversation)
    assert turns.begin(second.turn, runner=RUNNER) is None
    _, settled = answered(first)
    assert settled.next == second.turn
    assert turns.begin(second.turn, runner=RUNNER).turn == second.turn


# --- checkpoints and crashes
def test_checkpoints_of_many_turns_are_one_transaction_of_few_queries(
    alice, django_assert_num_queries
):
    begun = [post(alice) for _ in range(3)]
    for posted in begun:
        turns.begin(posted.turn, runner=RUNNER)
    ids = [posted.turn for posted in begun]
    for at in (0, 5):
        chunks = [Chunk(turn, alice.id, at, "words") for turn in ids]
        with django_assert_num_queries(5):
            turns.checkpoint(chunks, ids, runner=RUNNER)
    assert partial_text(Turn.objects.get(id=ids[0])) == "wordswords"


def test_a_checkpoint_of_a_turn_that_is_not_ours_stores_nothing(alice):
    posted = post(alice)
    turns.begin(posted.turn, runner=RUNNER)
    chunk = Chunk(posted.turn, alice.id, 0, "words")
    done = turns.checkpoint([chunk], [posted.turn], runner=OTHER)
    assert done.lost == {posted.turn}
    assert TurnChunk.objects.count() == 0


LATER = takeover.STALE + timedelta(seconds=1)


def crashed(alice, *texts) -> Posted:
    """A turn whose runner died after these checkpoints."""
    posted, at = post(alice), 0
    turns.begin(posted.turn, runner=RUNNER)
    for text in texts:
        chunk = Chunk(posted.turn, alice.id, at, text)
        turns.checkpoint([chunk], [posted.turn], runner=RUNNER)
        at += len(text)
    return posted


def test_a_turn_of_a_dead_runner_goes_on_from_its_last_checkpoint(alice):
    posted = crashed(alice, "Half a ", "reply")
    assert takeover.reap(Turn.objects.get().heartbeat + takeover.STALE) == Reaped(
        [], []
    )
    later = timezone.now() + LATER
    assert takeover.reap(later) == Reaped([], [posted.turn])
    assert takeover.reap(later) == Reaped([], [])
    briefing = turns.begin(posted.turn, runner=OTHER)
    assert briefing.so_far.text == "Half a reply"
    outcome = Outcome(text="Half a reply, and the rest")
    turns.settle(briefing, outcome, runner=OTHER)
    assert Message.objects.get(role="assistant").body == outcome.text
    assert TurnChunk.objects.count() == 0


def test_what_a_dead_runner_used_is_settled_with_the_rest(alice):
    posted = crashed(alice, "Half a ", "reply")
    takeover.reap(timezone.now() + LATER)
    briefing = turns.begin(posted.turn, runner=OTHER)
    sent, said = Turn.objects.get().receipt, count("Half a reply")
    gone = Usage(input=orjson.loads(sent)["tokens"], output=said)
    assert briefing.so_far.unsettled == gone
    assert briefing.prompt_tokens == gone.input + said
    outcome = Outcome(text="Half a reply, and the rest", usage=Usage(70, 4, 9))
    settled = turns.settle(briefing, outcome, runner=OTHER)
    assert settled.usage == gone + Usage(70, 4, 9)
    assert Spending.objects.get().input_tokens == settled.usage.input


def test_a_turn_that_kills_its_runners_is_interrupted_with_its_text(alice):
    posted = crashed(alice, "Half")
    for _ in range(takeover.MOST_ATTEMPTS):
        takeover.reap(timezone.now() + LATER)
        turns.begin(posted.turn, runner=RUNNER)
    reaped = takeover.reap(timezone.now() + LATER)
    assert (len(reaped.ended), reaped.again) == (1, [])
    turn = Turn.objects.get()
    assert (turn.status, turn.error_code) == ("interrupted", "interrupted")
    assert Message.objects.get(role="assistant").body == "Half"


def test_a_turn_that_grows_between_crashes_is_never_given_up(alice):
    posted = crashed(alice, "0")
    for number in range(1, 3 * takeover.MOST_ATTEMPTS):
        assert takeover.reap(timezone.now() + LATER).again == [posted.turn]
        turns.begin(posted.turn, runner=RUNNER)
        chunk = Chunk(posted.turn, alice.id, number, "+")
        turns.checkpoint([chunk], [posted.turn], runner=RUNNER)


def test_a_turn_that_was_to_be_stopped_when_its_runner_died_is_stopped(alice):
    posted = crashed(alice, "Half a reply")
    turns.request_stop(by=alice.id, turn_id=posted.turn, seen=4)
    reaped = takeover.reap(timezone.now() + LATER)
    assert [settled.status for settled in reaped.ended] == ["stopped"]
    assert Message.objects.get(role="assistant").body == "Half"


def test_a_turn_that_waits_to_go_on_keeps_its_text_when_it_is_stopped(alice):
    posted = crashed(alice, "Half a reply")
    takeover.reap(timezone.now() + LATER)
    settled = turns.request_stop(by=alice.id, turn_id=posted.turn, seen=None)
    assert (settled.status, settled.offset) == ("stopped", 12)
    assert Message.objects.get(role="assistant").body == "Half a reply"


def test_a_runner_that_was_taken_for_dead_cannot_settle_any_more(alice):
    posted = post(alice)
    briefing = turns.begin(posted.turn, runner=RUNNER)
    takeover.reap(timezone.now() + LATER)
    assert turns.settle(briefing, Outcome(text="late"), runner=RUNNER) is None
    assert Message.objects.get(role="assistant").body == ""


def test_a_released_turn_waits_with_its_last_words(alice):
    posted = crashed(alice, "Half ")
    briefing = Briefing(
        posted.turn, posted.conversation, posted.reply, None, alice.id, None, 0
    )
    chunk = Chunk(posted.turn, alice.id, 5, "a reply")
    takeover.release(briefing, chunk, runner=RUNNER)
    assert Turn.objects.get().status == "queued"
    assert turns.begin(posted.turn, runner=OTHER).so_far.text == "Half a reply"
    takeover.release(briefing, chunk, runner=RUNNER)  # too late: not its turn any more
    assert Turn.objects.get().status == "running"


@pytest.mark.parametrize("stored", ["", "a re", "a reply"])
def test_what_a_checkpoint_under_way_stored_is_not_stored_again(alice, stored):
    posted = crashed(alice, "Half ")
    briefing = Briefing(
        posted.turn, posted.conversation, posted.reply, None, alice.id, None, 0
    )
    if stored:
        chunk = Chunk(posted.turn, alice.id, 5, stored)
        turns.checkpoint([chunk], [posted.turn], runner=RUNNER)
    unsaved = Chunk(posted.turn, alice.id, 5, "a reply")
    takeover.release(briefing, unsaved, runner=RUNNER)
    assert turns.begin(posted.turn, runner=OTHER).so_far.text == "Half a reply"


def test_turns_that_nobody_began_are_found_the_first_of_each_conversation(alice):
    posted = post(alice)
    post(alice, "and?", conversation_id=posted.conversation)
    assert takeover.waiting(Turn.objects.earliest("id").created + takeover.STALE) == []
    assert takeover.waiting(timezone.now() + LATER) == [posted.turn]


# --- stopping
def test_the_wish_to_stop_reaches_the_runner_with_the_next_checkpoint(alice):
    posted = post(alice)
    turns.begin(posted.turn, runner=RUNNER)
    assert turns.request_stop(by=alice.id, turn_id=posted.turn, seen=7) is None
    done = turns.checkpoint([], [posted.turn], runner=RUNNER)
    assert done.to_stop == {posted.turn: 7}


def test_a_queued_turn_is_stopped_at_once(alice):
    posted = post(alice)
    settled = turns.request_stop(by=alice.id, turn_id=posted.turn, seen=0)
    assert (settled.status, settled.offset) == ("stopped", 0)
    assert turns.begin(posted.turn, runner=RUNNER) is None


def test_stopping_what_is_over_changes_nothing(alice):
    posted = post(alice)
    answered(posted)
    assert turns.request_stop(by=alice.id, turn_id=posted.turn, seen=0) is None
    turn = Turn.objects.get()
    assert (turn.status, turn.stop_requested) == ("complete", None)


def test_a_stranger_can_neither_stop_nor_see_a_turn(alice, charlie):
    posted = post(alice)
    with pytest.raises(access.NotFound):
        turns.request_stop(by=charlie.id, turn_id=posted.turn, seen=0)
    with pytest.raises(access.NotFound):
        liveness.view(charlie.id, posted.conversation, posted.turn)
    mine = post(charlie)
    with pytest.raises(
        access.NotFound
    ):  # a foreign turn in a conversation of one's own
        liveness.view(charlie.id, mine.conversation, posted.turn)


# --- reading a branch
def test_a_branch_is_read_from_its_end_and_no_further_than_asked(alice):
    last = post(alice, "one")
    for text in ("two", "three", "four"):
        answered(last, f"re {text}")
        last = post(alice, text, conversation_id=last.conversation)
    whole = history.branch(last.conversation, last.message)
    assert [m.body for m in whole][::2] == ["one", "two", "three", "four"]
    assert [m.depth for m in whole] == list(range(1, 8))
    tail = history.branch(last.conversation, last.message, at_most=3)
    assert [m.id for m in tail] == [m.id for m in whole[-3:]]
    few = history.branch(last.conversation, last.message, tokens=6)
    assert [m.id for m in few] == [m.id for m in whole[-2:]]
    assert history.branch(last.conversation, None) == []


def test_a_branch_never_leaves_its_conversation(alice, bob):
    mine, other = post(alice), post(bob)
    assert history.branch(mine.conversation, other.message) == []


@pytest.mark.parametrize("pairs", [8, 30])
@pytest.mark.parametrize(
    ("strategy", "queries"),
    [("full", 7), ("window", 8), ("summary", 9), ("recall", 15), ("hybrid", 16)],
)
def test_planning_takes_the_same_few_queries_however_long_the_branch(
    alice, pairs, strategy, queries, django_assert_num_queries
):
    last = post(alice, "one", strategy=strategy)
    for _ in range(pairs):
        answered(last, "re")
        here = {"conversation_id": last.conversation, "strategy": strategy}
        last = post(alice, "more", **here)
    with django_assert_num_queries(queries):
        assert turns.begin(last.turn, runner=RUNNER)
