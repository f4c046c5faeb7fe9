"""What goes into prompts under a policy: nothing is cut before it is redacted."""

from __future__ import annotations

import uuid

import pytest

from accounts import core_memory, facts
from conversations import tools
from conversations.core.context.short_form import BEGINNING
from conversations.core.learning import Found
from conversations.core.prompts import PLACEHOLDERS
from conversations.core.turn import Outcome
from conversations.models import File, IndexEntry, Passage
from conversations.services import (
    embedding,
    indexing,
    learning,
    messages,
    receipts,
    redacting,
    summarising,
    thread,
    turns,
    vectors,
)
from conversations.services.reading_on import passage
from tests.attaching import read_all, send, upload
from tests.contracts.file_rows import make_image
from tests.factories import create_conversation, create_message, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
MAIL, PHONE = "ann.lee@example.com", "+49 151 23456789"
LONG = "word " * 3_000


@pytest.fixture
def vault(settings):
    settings.PII_POLICY = "vault"


def begun(person, text, **fields):
    posted = messages.post(by=person.id, request_id=uuid.uuid4(), text=text, **fields)
    return posted, turns.begin(posted.turn, runner=RUNNER, offer=tools.offered)


def texts(briefing):
    return "\n".join(item.text for item in briefing.request.items)


def settle(briefing, text="I see."):
    turns.settle(briefing, Outcome(text=text), runner=RUNNER)


@pytest.mark.parametrize("spare", range(-8, 24, 2))
def test_a_short_form_ends_with_no_half_of_a_value(alice, vault, spare):
    """Wherever the beginning of a long message is cut."""
    talk = create_conversation(alice)
    said = "a " * (BEGINNING - spare) + f"{MAIL} {PHONE} " + LONG
    create_message(talk, said, tokens=5_000)
    create_reply(talk, "I see.")
    for _ in range(4):
        create_message(talk, "Go on")
        create_reply(talk, "I see.")
    _, briefing = begun(alice, "And?", conversation_id=talk.id)
    sent = texts(briefing)
    assert "tokens" in sent and LONG not in sent
    for part in ("ann", "lee@", "example", "+49"):
        assert part not in sent


@pytest.mark.parametrize("offset", range(0, 60, 7))
def test_reading_on_begins_with_no_half_of_a_value(alice, vault, offset):
    talk = create_conversation(alice)
    said = create_message(talk, f"{MAIL} and {PHONE}, " * 3 + "that is it")
    found = passage(alice.id, talk.id, f"message {said.id}", offset)
    told = redacting.told(said, "body")
    assert found.length == found.end == len(told)
    assert redacting.told_text(alice.id, found.text).endswith("that is it")
    assert found.text == redacting.restored(alice.id, told[offset:])


def test_a_prompt_with_placeholders_says_what_they_are(alice, vault):
    _, briefing = begun(alice, f"I am {MAIL}")
    assert [item.text for item in briefing.request.items][-2:] == [
        PLACEHOLDERS,
        "I am [EMAIL_1]",
    ]
    settle(briefing)
    _, plain = begun(alice, "Hello")
    assert PLACEHOLDERS not in texts(plain)


def test_what_is_known_of_a_person_is_told_so(alice, vault):
    facts.remember(alice.id, "mail", MAIL)
    core_memory.write(alice.id, "person", f"Reached at {PHONE}.")
    talk = create_conversation(alice, system_prompt=f"Never write to {MAIL}.")
    _, briefing = begun(alice, "Hello", conversation_id=talk.id)
    sent = texts(briefing)
    assert "mail: [EMAIL_1]" in sent
    assert "Reached at [PHONE_1]." in sent
    assert "Never write to [EMAIL_1]." in sent


def test_an_address_is_recalled_by_its_own_words(alice, vault):
    first, briefing = begun(alice, f"My sister Odda is at {MAIL}, she bakes rye bread")
    settle(briefing, "Good to know.")
    for n in range(6):
        _, other = begun(alice, f"What about harbours, number {n}?")
        settle(other)
    _, asked = begun(alice, f"Whose address is {MAIL}?", strategy="recall")
    assert "My sister Odda is at [EMAIL_1]" in texts(asked)
    assert MAIL not in texts(asked)


def test_a_file_is_read_found_and_told_so(alice, vault):
    lines = "".join(f"Row {n} has person{n}@example.com in it.\n\n" for n in range(9))
    file = upload(alice, lines.encode(), name=f"list of {MAIL}.txt")
    read_all()
    row = File.objects.get(id=file.id)
    assert row.redacted == {"EMAIL": 9}
    assert row.name == f"list of {MAIL}.txt"
    assert "person3@example.com" in Passage.objects.get().body
    posted = send(alice, row, text="Who is in row 3, person3@example.com?")
    briefing = turns.begin(posted.turn, runner=RUNNER, offer=tools.offered)
    sent = texts(briefing)
    assert "@example.com" not in sent
    assert "[file: list of [EMAIL_" in sent
    settle(briefing, "It is [1].")
    shown = thread.page(by=alice.id, conversation_id=posted.conversation).shown[-1]
    [(mark, cited)] = shown.sources
    assert cited.title.startswith(f"list of {MAIL}.txt")
    exact = receipts.exact_prompt(alice.id, posted.reply)
    assert "@example.com" not in exact


def test_an_image_that_was_not_seen_is_named_to_its_person(alice, vault):
    image = make_image(alice, f"{MAIL}.png")
    posted, briefing = begun(alice, "Look", attachments=[image])
    settle(briefing)
    shown = thread.page(by=alice.id, conversation_id=posted.conversation).shown[-1]
    assert shown.unseen == (f"{MAIL}.png",)
    assert MAIL not in texts(briefing)


def test_facts_are_asked_for_and_kept_in_both_forms(alice, vault):
    text = f"My name is Maya and you reach me at {MAIL}, remember that."
    posted, briefing = begun(alice, text)
    settle(briefing)
    work = learning.due_after(posted.turn)
    assert work is not None
    assert MAIL not in "".join(item.text for item in work.items)
    found = Found("mail", MAIL, 0.5, outright=True)
    assert learning.keep(work, [found]) == 1
    assert facts.known(alice.id)[0].value == MAIL


def test_a_summary_is_made_and_kept_in_both_forms(alice, vault):
    talk = create_conversation(alice)
    for n in range(12):
        create_message(talk, f"I know person{n}@example.com well", tokens=200)
        create_reply(talk, "I see", message={"tokens": 200})
    work = summarising.due_now(talk.id)
    asked = "".join(item.text for item in work.items)
    assert "[EMAIL_1]" in asked and "@example.com" not in asked
    made = summarising.store(work, "They know person0@example.com and others well.")
    assert made.text.startswith("They know person0@")
    assert redacting.told(made, "text").startswith("They know [EMAIL_1] and")


@pytest.mark.parametrize("form", ["vault", "mask"])
def test_an_embedding_server_is_given_masks(alice, settings, form):
    settings.PII_POLICY = form
    post, _ = begun(alice, f"Write to {MAIL} or {PHONE}")
    given = []

    class Fake:
        name, dimensions, batch = "fake", 2, 8

        def embed(self, texts, *, hurry=False):
            given.extend(texts)
            return []

    server = embedding.Outbound(Fake())
    entries = vectors.missing("fake")
    server.embed([vectors._text_of(entry) for entry in entries], hurry=True)
    assert (server.name, server.dimensions, server.batch) == ("fake", 2, 8)
    assert given
    for text in given:
        assert MAIL not in text and PHONE not in text
    assert any("[EMAIL]" in text or "[EMAIL_1]" in text for text in given)


def test_what_was_indexed_late_is_found_as_well(alice, vault):
    post, _ = begun(alice, f"Write to {MAIL}")
    at_once = set(IndexEntry.objects.get(kind="m").terms)
    IndexEntry.objects.all().delete()
    while indexing.Missing().index_some():
        pass
    assert set(IndexEntry.objects.get(kind="m", role="user").terms) == at_once
