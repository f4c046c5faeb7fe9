"""What is stored and what a model is told under each policy, on every database."""

from __future__ import annotations

import uuid
from datetime import UTC

import orjson
import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import core_memory, facts, keyring
from accounts.models import CoreMemory, DataKey, Fact
from chatsite.lib.fields import MARKER, SealedTextField
from conversations.core.model_api import Item, ModelRequest, ToolUse
from conversations.core.redaction import Type
from conversations.core.tools import ToolResult
from conversations.core.turn import Outcome
from conversations.models import Conversation, Message, Placeholder, ToolCall, TurnChunk
from conversations.services import (
    calling,
    messages,
    originals,
    redacting,
    revising,
    searching,
    turns,
)
from conversations.services.redacting import told
from tests.factories import create_conversation, create_message, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
MAIL, PHONE = "ann.lee@example.com", "+49 151 23456789"
TEXT = f"I am {MAIL}, call {PHONE}, not [EMAIL_1]."
PLACED = "I am [EMAIL_1], call [PHONE_1], not [TEXT_1]."


@pytest.fixture(autouse=True)
def off(settings):
    settings.PII_POLICY = "off"


@pytest.fixture
def vault(settings):
    settings.PII_POLICY = "vault"


@pytest.fixture
def mask(settings):
    settings.PII_POLICY = "mask"


def post(person, text=TEXT, **fields):
    return messages.post(by=person.id, request_id=uuid.uuid4(), text=text, **fields)


def answered(posted, text):
    briefing = turns.begin(posted.turn, runner=RUNNER)
    turns.settle(briefing, Outcome(text=text, html="<p>x</p>"), runner=RUNNER)
    return briefing


def at_rest(row, name):
    """What is sealed in the database, and what its person reads."""
    fresh = type(row).objects.get(pk=row.pk)
    return SealedTextField.stored_form(fresh, name)[0], getattr(fresh, name)


# --- at rest
def test_without_a_policy_all_is_stored_as_it_is(alice):
    said = Message.objects.get(id=post(alice).message)
    assert at_rest(said, "body") == (TEXT, TEXT)
    assert said.redacted is None
    assert not Placeholder.objects.exists()


def test_under_the_vault_placeholders_are_stored_and_originals_read(alice, vault):
    posted = post(alice)
    said = Message.objects.get(id=posted.message)
    assert at_rest(said, "body") == (PLACED, TEXT)
    assert said.redacted == {"EMAIL": 1, "PHONE": 1}
    assert posted.redacted


def test_under_mask_what_is_found_is_gone_for_good(alice, mask):
    said = Message.objects.get(id=post(alice).message)
    masked = "I am [EMAIL], call [PHONE], not [EMAIL_1]."
    assert at_rest(said, "body") == (masked, masked)
    assert said.redacted == {"EMAIL": 1, "PHONE": 1}
    seen = Placeholder.objects.values_list("kind", "number")
    assert sorted(seen) == [("EMAIL", None), ("PHONE", None)]
    assert {row.original for row in Placeholder.objects.all()} == {""}


@pytest.mark.parametrize(
    ("form", "kept"), [("vault", "[EMAIL_1]"), ("mask", "[EMAIL]")]
)
def test_whatever_holds_words_is_redacted(alice, settings, form, kept):
    settings.PII_POLICY = form
    fact = facts.remember(alice.id, "mail", MAIL).fact
    block = core_memory.write(alice.id, "person", f"Is {MAIL}").version
    talk = create_conversation(alice, title=MAIL, system_prompt=f"Write to {MAIL}")
    assert at_rest(fact, "value")[0] == kept
    assert at_rest(block, "text")[0] == f"Is {kept}"
    assert at_rest(talk, "title")[0] == kept
    assert at_rest(talk, "system_prompt")[0] == f"Write to {kept}"
    shown = kept if form == "mask" else MAIL
    assert Fact.objects.get().value == shown
    assert CoreMemory.objects.get().text == f"Is {shown}"
    assert talk.title == shown  # what is set reads as what is stored


def test_no_field_of_words_is_forgotten():
    """What is not redacted is not words, or says why."""
    whole = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, SealedTextField) and field.private == "no"
    }
    assert whole <= {"Placeholder.original", "Turn.receipt", "Message.html"}


def test_a_reply_is_stored_with_the_placeholders_of_what_it_repeats(alice, vault):
    posted = post(alice)
    answered(posted, f"So you are {MAIL}. Ask eve@example.com or [IP_9].")
    reply = Message.objects.get(id=posted.reply)
    placed, whole = at_rest(reply, "body")
    assert placed == "So you are [EMAIL_1]. Ask [EMAIL_2] or [TEXT_2]."
    assert whole == f"So you are {MAIL}. Ask eve@example.com or [IP_9]."
    assert (reply.html, reply.html_version) == ("", 0)  # rendered when it is shown


def test_a_reply_without_originals_keeps_its_rendering(alice, vault):
    posted = post(alice)
    answered(posted, "I see.")
    assert Message.objects.get(id=posted.reply).html == "<p>x</p>"


def test_a_number_that_only_its_label_gave_away_is_known_without_it(alice, vault):
    posted = post(alice, "My handy is 0151 2345678.")
    answered(posted, "0151 2345678, then?")
    reply = Message.objects.get(id=posted.reply)
    assert at_rest(reply, "body")[0] == "[PHONE_1], then?"
    fact = facts.remember(alice.id, "reach", "0151 2345678").fact
    assert at_rest(fact, "value")[0] == "[PHONE_1]"


def test_an_edit_is_redacted_as_the_message_was(alice, vault):
    posted = post(alice)
    answered(posted, "I see.")
    done = revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=posted.message,
        text=f"Rather {MAIL}",
        rerun=True,
    )
    said = Message.objects.get(id=done.message)
    assert at_rest(said, "body") == ("Rather [EMAIL_1]", f"Rather {MAIL}")
    assert said.redacted == {"EMAIL": 1}


def test_a_tools_arguments_and_answer_are_redacted_and_stay_json(alice, vault):
    posted = post(alice)
    briefing = turns.begin(posted.turn, runner=RUNNER)
    call = ToolUse("c1", "remember", orjson.dumps({"value": f"a\n{MAIL}"}).decode())
    row = calling.open_call(briefing.turn, alice.id, call, 0)
    calling.close_call(row, alice.id, call, ToolResult(f"Remembered {MAIL}"))
    made = ToolCall.objects.get()
    assert at_rest(made, "input") == ('{"value":"a\\n[EMAIL_1]"}', call.arguments)
    assert at_rest(made, "output") == ("Remembered [EMAIL_1]", f"Remembered {MAIL}")
    assert made.redacted == {"EMAIL": 1}
    past = calling.as_past(made)
    assert (past.arguments, past.output) == (
        '{"value":"a\\n[EMAIL_1]"}',
        "Remembered [EMAIL_1]",
    )


def test_checkpoints_hold_no_value_that_is_known(alice, vault):
    posted = post(alice)
    briefing = turns.begin(posted.turn, runner=RUNNER)
    chunks = [turns.Chunk(briefing.turn, alice.id, 0, f"You are {MAIL}, ")]
    turns.checkpoint(chunks, [briefing.turn], runner=RUNNER)
    chunk = TurnChunk.objects.get()
    assert at_rest(chunk, "text") == ("You are [EMAIL_1], ", f"You are {MAIL}, ")


def test_a_title_is_not_cut_within_a_value(alice, vault):
    words = "word " * 11 + f"so call {PHONE} today, please, because it is late"
    post(alice, words)
    placed, title = at_rest(Conversation.objects.get(), "title")
    digits = [part for part in title.split() if part.isdigit()]
    assert digits in ([], PHONE.split()[1:])
    assert "151" not in placed


# --- what the policy was, and is
def test_another_policy_rewrites_nothing(alice, settings):
    before = Message.objects.get(id=post(alice).message)
    settings.PII_POLICY = "vault"
    hidden = Message.objects.get(id=post(alice).message)
    settings.PII_POLICY = "off"
    open_again = Message.objects.get(id=post(alice).message)
    assert at_rest(before, "body") == (TEXT, TEXT)
    assert at_rest(hidden, "body") == (PLACED, TEXT)
    assert at_rest(open_again, "body") == (TEXT, TEXT)


def test_a_model_is_told_all_by_the_policy_of_now(alice, settings):
    settings.PII_POLICY = "vault"
    hidden = Message.objects.get(id=post(alice).message)
    settings.PII_POLICY = "off"
    plain = Message.objects.get(id=post(alice).message)
    masked = "I am [EMAIL], call [PHONE], not [EMAIL_1]."
    for row in (hidden, plain):
        assert told(row, "body") == TEXT
        settings.PII_POLICY = "vault"
        assert told(row, "body") == PLACED
        settings.PII_POLICY = "mask"
        assert told(row, "body") == masked
        settings.PII_POLICY = "off"


def test_an_offset_is_found_in_what_is_told(alice, settings):
    talk = create_conversation(alice)
    plain = create_message(talk, f"One {MAIL} two")
    at = len(f"One {MAIL}")
    for form, expected in [("off", at), ("vault", 13), ("mask", 11)]:
        settings.PII_POLICY = form
        assert redacting.told_offset(plain, "body", at) == expected
        assert told(plain, "body")[expected:] == " two"


def test_nobody_is_given_anothers_originals(alice, bob, vault):
    post(alice)
    said = Message.objects.get(id=post(bob, "Read [EMAIL_1] to me.").message)
    assert at_rest(said, "body") == ("Read [TEXT_1] to me.", "Read [EMAIL_1] to me.")
    assert redacting.restored(bob.id, "[EMAIL_1]") == "[EMAIL_1]"


def test_what_cannot_be_opened_says_so(alice, vault):
    said = Message.objects.get(id=post(alice).message)
    DataKey.objects.filter(user_id=alice.id).delete()
    keyring.forget(alice.id)
    originals.forget()
    fresh = Message.objects.get(id=said.id)
    assert fresh.body == told(fresh, "body") == MARKER


# --- the way out
def test_what_goes_out_is_cleared_once_and_named(alice, vault):
    post(alice)
    call = ToolUse("c", "x", '{"to":"' + MAIL + '"}')
    items = (Item("user", f"Is {MAIL}"), Item("assistant", "", calls=(call,)))
    out = redacting.outgoing(ModelRequest("m", items, owner=alice.id))
    assert [item.text for item in out.request.items] == ["Is [EMAIL_1]", ""]
    assert out.request.items[1].calls[0].arguments == '{"to":"[EMAIL_1]"}'
    assert all(item.cleared for item in out.request.items)
    assert out.originals.get(Type.EMAIL, 1) == MAIL
    assert out.originals.get(Type.PHONE, 1) is None  # it was not shown
    assert redacting.outgoing(out.request).request == out.request


@pytest.mark.parametrize("form", ["mask", "vault"])
def test_whose_words_are_nobodys_go_out_masked(db, settings, form):
    settings.PII_POLICY = form
    out = redacting.outgoing(ModelRequest("m", (Item("user", f"Is {MAIL}"),)))
    assert out.request.items[0].text == "Is [EMAIL]"


def test_without_a_policy_a_request_goes_out_as_it_is(alice, django_assert_num_queries):
    request = ModelRequest("m", (Item("user", f"Is {MAIL}"),), owner=alice.id)
    with django_assert_num_queries(0):
        assert redacting.outgoing(request).request is request


# --- finding again
def test_a_search_for_an_address_finds_it(alice, vault):
    posted = post(alice)
    found = searching.search(alice.id, MAIL, zone=UTC)
    assert str(posted.conversation) in repr(found)


# --- what it costs
def planned(person, talk, question):
    posted = post(person, question, conversation_id=talk)
    with CaptureQueriesContext(connection) as queries:
        turns.begin(posted.turn, runner=RUNNER)
    return len(queries), posted


@pytest.mark.django_db(transaction=True)
def test_planning_costs_no_more_queries_with_a_long_past(alice, vault):
    counts = []
    for size in (10, 60):
        talk = create_conversation(alice)
        for n in range(size):
            create_message(talk, f"I know p{n}@example.com")
            create_reply(talk, f"So p{n}@example.com it is")
        originals.forget()
        counts.append(planned(alice, talk.id, "And?")[0])
    assert counts[1] <= counts[0] + 1


@pytest.mark.django_db(transaction=True)
def test_the_vault_adds_one_query_to_a_plan(alice, settings):
    counts = {}
    for form in ("off", "vault"):
        settings.PII_POLICY = form
        talk = create_conversation(alice)
        for n in range(10):
            create_message(talk, f"I know p{n}@example.com")
            create_reply(talk, "I see")
        originals.forget()
        counts[form] = planned(alice, talk.id, "And?")[0]
    assert counts["vault"] - counts["off"] in (0, 1)
