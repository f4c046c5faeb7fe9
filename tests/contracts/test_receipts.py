"""What a receipt tells, and the exact prompt that is made of it again."""

from __future__ import annotations

import uuid
from decimal import Decimal

import orjson
import pytest
from django.test import override_settings

from accounts import facts
from conversations import tools
from conversations.core.model_api import Usage
from conversations.core.turn import Outcome
from conversations.models import (
    Charge,
    Conversation,
    LanguageModel,
    Message,
    Summary,
    ToolCall,
    Turn,
)
from conversations.providers import PROVIDERS
from conversations.services import (
    access,
    marking,
    messages,
    preferences,
    receipts,
    revising,
    turns,
)
from conversations.services.exact_prompts import CannotRebuild
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
LONG = "A long paste about rye. " * 900  # some thousand tokens
FIELDS = {"responses": "input", "chat": "messages"}


def begun(person, text="hello", **fields):
    """A turn that was planned: what was sent, and its reply's id."""
    posted = messages.post(by=person.id, request_id=uuid.uuid4(), text=text, **fields)
    briefing = turns.begin(posted.turn, runner=RUNNER, offer=tools.offered)
    return posted, briefing


def settled(briefing, text="Indeed.", **usage):
    outcome = Outcome(text=text, status="complete", usage=Usage(**usage))
    turns.settle(briefing, outcome, runner=RUNNER)


def talked(person, *texts, **fields):
    """So many turns, with these questions; the conversation."""
    talk = None
    for text in texts:
        posted, briefing = begun(person, text, conversation_id=talk, **fields)
        settled(briefing, f"About {text[:20]}.")
        talk = posted.conversation
    return talk


def wire(briefing, api="responses"):
    body = {FIELDS[api]: PROVIDERS[api].wire_items(briefing.request.items)}
    if briefing.request.tools:
        body["tools"] = PROVIDERS[api].wire_tools(briefing.request.tools)
    return orjson.dumps(body).decode()


def exact(person, posted):
    return receipts.exact_prompt(person.id, posted.reply)


# --- the exact prompt
@pytest.mark.parametrize("strategy", ["full", "window", "summary", "recall", "hybrid"])
@pytest.mark.parametrize("api", ["responses", "chat"])
def test_the_prompt_is_rebuilt_byte_for_byte(alice, strategy, api):
    with override_settings(OPENAI_API=api):
        facts.remember(alice.id, "bread", "Rye")
        preferences.change(alice.id, system_prompt="Be brief.")
        talk = talked(alice, "I like rye 🍞", LONG, "And “quotes”\n\nand lines", "more")
        summarised(talk)
        posted, briefing = begun(
            alice, "Which rye?", conversation_id=talk, strategy=strategy
        )
        assert exact(alice, posted) == wire(briefing, api)


def summarised(talk):
    covers = Message.objects.filter(conversation_id=talk).order_by("depth")[1]
    Summary.objects.create(
        conversation_id=talk,
        owner_id=covers.owner_id,
        covers=covers,
        covered=covers.depth,
        text="She likes rye.",
        tokens=5,
        source_tokens=900,
        version=1,
    )


def test_what_happens_later_does_not_change_what_was_sent(alice):
    facts.remember(alice.id, "bread", "Rye")
    talk = talked(alice, "first", LONG, "third", "then", "fourth")
    said = list(Message.objects.filter(conversation_id=talk).order_by("depth"))
    marking.pin(by=alice.id, message_id=said[0].id)
    marking.exclude(by=alice.id, message_id=said[4].id)
    posted, briefing = begun(alice, "fifth", conversation_id=talk)
    sent = wire(briefing)
    settled(briefing)
    assert "[… " in sent and "third" not in sent.replace("About third", "")

    marking.unpin(by=alice.id, message_id=said[0].id)
    marking.include(by=alice.id, message_id=said[4].id)
    marking.pin(by=alice.id, message_id=said[2].id)  # the long one
    marking.exclude(by=alice.id, message_id=said[1].id)
    facts.remember(alice.id, "bread", "Wheat")
    preferences.change(alice.id, system_prompt="Be long.")
    revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=said[0].id,
        text="First!",
        rerun=True,
    )
    with override_settings(OPENAI_API="chat"):
        assert exact(alice, posted) == sent


def test_earlier_tool_calls_are_in_the_prompt_again(alice):
    posted, briefing = begun(alice, "one")
    for number, output in enumerate(("Sunny.", LONG)):
        ToolCall.objects.create(
            turn_id=briefing.turn,
            owner_id=alice.id,
            call_id=f"c{number}",
            name="weather",
            offset=4,
            input="{}",
            output=output,
            short="" if number == 0 else "Long and sunny.",
            tokens=9,
            status="done",
        )
    settled(briefing, "I'll look. It is sunny.")
    later, briefing = begun(alice, "two", conversation_id=posted.conversation)
    assert "Long and sunny." in wire(briefing)
    assert exact(alice, later) == wire(briefing)


def test_a_reply_that_was_gone_on_with_shows_what_it_had(alice):
    posted, briefing = begun(alice, "one")
    turns.settle(briefing, Outcome(text="Half a re", status="stopped"), runner=RUNNER)
    revising.resume(by=alice.id, request_id=uuid.uuid4(), turn_id=posted.turn)
    again = turns.begin(posted.turn, runner=RUNNER, offer=tools.offered)
    settled(again, "Half a reply and the rest.")
    assert "Half a re" in wire(again)
    assert exact(alice, posted) == wire(again)
    assert receipts.of(alice.id, posted.reply).went_on


def test_a_prompt_that_cannot_be_rebuilt_is_not_made_up(alice):
    talk = talked(alice, "one")
    posted, _ = begun(alice, "two", conversation_id=talk)
    said = Message.objects.get(conversation_id=talk, depth=1)
    said.body = "something else"
    said.save(update_fields=["body"])
    with pytest.raises(CannotRebuild):
        exact(alice, posted)


def test_nobody_else_sees_a_receipt(alice, bob):
    posted, _ = begun(alice)
    for look in (receipts.of, receipts.exact_prompt):
        with pytest.raises(access.NotFound):
            look(bob.id, posted.reply)
        with pytest.raises(access.NotFound):
            look(alice.id, posted.message)  # no reply


def test_before_it_begins_there_is_no_receipt(alice):
    posted = messages.post(by=alice.id, request_id=uuid.uuid4(), text="hello")
    assert receipts.of(alice.id, posted.reply) is None
    with pytest.raises(access.NotFound):
        receipts.exact_prompt(alice.id, posted.reply)


# --- what it tells
def test_every_part_has_its_tokens_and_the_parts_add_up(alice):
    facts.remember(alice.id, "bread", "Rye")
    preferences.change(alice.id, system_prompt="Be brief.")
    talk = talked(alice, "one", "two")
    first = Message.objects.get(conversation_id=talk, depth=1)
    marking.exclude(by=alice.id, message_id=first.id)
    posted, briefing = begun(alice, "three", conversation_id=talk, strategy="window")
    settled(briefing, "Yes.", input=90, cached=30, output=3)

    seen = receipts.of(alice.id, posted.reply)

    labels = [part.label for part in seen.parts]
    assert labels == ["System prompt", "Profile facts", "Recent turns", "Tools"]
    assert sum(part.tokens for part in seen.parts) == seen.fill.tokens
    assert seen.fill.tokens == briefing.prompt_tokens
    recent = seen.parts[2]
    assert [line.who for line in recent.lines] == ["Reply", "You", "Reply", "You"]
    assert sum(line.tokens for line in recent.lines) == recent.tokens
    assert [str(one) for one in seen.left_out] == ["1 message left out by you"]
    assert seen.usage == Usage(90, 3, 30)
    assert "bread: Rye" in seen.parts[1].text
    assert seen.is_free and seen.parts[0].cost is None


def test_money_is_that_of_the_moment_it_was_sent(alice):
    row = LanguageModel.objects.create(
        name="demo-fast", input_price=Decimal(2), output_price=Decimal(8)
    )
    posted, briefing = begun(alice, "one", model="demo-fast")
    settled(briefing, "Yes.", input=1_000, output=100)
    row.input_price = Decimal(200)
    row.save()

    seen = receipts.of(alice.id, posted.reply)

    assert not seen.is_free
    assert seen.parts[0].cost == Decimal(2) * seen.parts[0].tokens / 1_000_000
    assert seen.cost == Turn.objects.get(id=posted.turn).cost_usd


def test_what_was_asked_on_our_own_account_stands_apart(alice):
    posted, briefing = begun(alice, "one")
    settled(briefing)
    Charge.objects.create(
        owner_id=alice.id,
        conversation_id=posted.conversation,
        turn_id=posted.turn,
        kind="title",
        model="demo",
        input_tokens=40,
        output_tokens=4,
    )
    [behind] = receipts.of(alice.id, posted.reply).behind
    assert (behind.kind, behind.usage) == ("Title", Usage(40, 4))


def test_a_long_part_shows_its_end_and_says_how_much_came_before(alice, monkeypatch):
    monkeypatch.setattr(receipts, "SHOWN", 2)
    talk = talked(alice, "one", "two")
    posted, _ = begun(alice, "three", conversation_id=talk, strategy="full")
    recent = receipts.of(alice.id, posted.reply).parts[0]
    assert [line.text for line in recent.lines] == ["About two.", "three"]
    assert recent.earlier == 3


def test_what_was_recalled_has_its_score_its_day_and_its_words(alice):
    talk = talked(alice, "My cat is called Ferdinand.", "one", "two", "three")
    posted, _ = begun(
        alice, "What is my cat called?", conversation_id=talk, strategy="recall"
    )
    recalled = receipts.of(alice.id, posted.reply).parts[0]
    assert recalled.label == "Recalled turns"
    assert "Ferdinand" in recalled.text
    said = recalled.lines[0]
    assert (said.who, said.text) == ("You", "My cat is called Ferdinand.")
    assert said.score > 0 and said.where == ""
    assert said.said == Message.objects.get(id=said.message).created


# --- how full it is
def test_the_gauge_goes_by_the_latest_receipt(alice, settings):
    settings.CONTEXT_TOKENS = 2_000
    empty = receipts.fill_of(create_conversation(alice))
    assert (empty.percent, empty.level) == (0, "")
    talk = talked(alice, "word " * 750, strategy="full")
    fill = receipts.fill_of(Conversation.objects.get(id=talk))
    assert fill.room == 1_500
    assert fill.level == "" and 55 < fill.percent < 75
    talked_on, briefing = begun(
        alice, "word " * 600, conversation_id=talk, strategy="full"
    )
    settled(briefing)
    fill = receipts.fill_of(Conversation.objects.get(id=talk))
    assert fill.level == "red" and fill.percent > 90


def test_a_message_that_waits_leaves_the_gauge_where_it_was(alice):
    talk = talked(alice, "one", strategy="full")
    before = receipts.fill_of(Conversation.objects.get(id=talk))
    messages.post(
        by=alice.id, request_id=uuid.uuid4(), text="two", conversation_id=talk
    )
    assert receipts.fill_of(Conversation.objects.get(id=talk)) == before
