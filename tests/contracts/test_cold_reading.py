"""Whoever reads what lies in cold storage reads what was said."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from conversations.core.turn import Outcome
from conversations.models import ColdPart, Conversation, Message, Turn, cold_copy
from conversations.providers.embeddings.none import NoEmbedder
from conversations.services import (
    cold,
    exporting,
    listing,
    messages,
    receipts,
    thread,
    turns,
)
from conversations.services.branches import Branch
from conversations.services.recalling import Memory, Names
from conversations.services.searching import search
from tests.base import make_person
from tests.factories import create_conversation, create_message

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RUNNER = uuid.uuid4()
NOW = timezone.now()
SAID = ["My boat is called Grebe.", "It rains in Odda.", "The tide is at noon."]


@pytest.fixture(autouse=True)
def _nothing_is_open() -> None:
    cold_copy.forget()


def say(person, text, conversation=None):
    return messages.post(
        by=person.id, request_id=uuid.uuid4(), text=text, conversation_id=conversation
    )


def talk_of(person, texts=SAID) -> Conversation:
    """As the product makes it, with receipts and an index."""
    at = None
    for text in texts:
        posted = say(person, text, at)
        at = posted.conversation
        briefing = turns.begin(posted.turn, runner=RUNNER)
        turns.settle(briefing, Outcome(text=f"I **see**. {text}"), runner=RUNNER)
    return Conversation.objects.get(id=at)


def freeze(*talks: Conversation) -> None:
    for talk in talks:
        Conversation.objects.filter(id=talk.id).update(
            updated=NOW - timedelta(days=200), replied_at=None
        )
    while cold.freeze_some(NOW):
        pass
    assert Turn.objects.filter(conversation__in=talks).exists()
    for talk in talks:
        talk.refresh_from_db()
        assert talk.cold_at == NOW


def still_cold(talk: Conversation) -> bool:
    return ColdPart.objects.filter(conversation=talk).exists()


def shown(person, talk: Conversation) -> list[tuple[str, str]]:
    page = thread.page(by=person.pk, conversation_id=talk.id)
    return [(one.text, one.html) for one in page.shown]


def test_its_page_brings_it_back(alice):
    talk = talk_of(alice)
    before = shown(alice, talk)
    assert len(before) == 6 and "<strong>" in before[1][1]
    freeze(talk)

    assert shown(alice, talk) == before
    assert not still_cold(talk)


def test_lists_do_not_touch_it(alice, django_assert_num_queries):
    talk = talk_of(alice)
    freeze(talk)

    with django_assert_num_queries(2):
        rows = listing.library(alice.pk, show="all", sort="-active").rows

    assert [row.title for row in rows] == [SAID[0]]
    assert still_cold(talk)


@pytest.mark.parametrize("form", ["txt", "md", "json"])
def test_an_export_has_every_word_and_leaves_it_there(alice, form):
    talk = talk_of(alice)

    def export() -> str:
        made = exporting.export(
            by=alice.pk, conversation_id=talk.id, form=form, zone=UTC
        )
        text = "".join(made.parts)
        if form == "json":
            return json.dumps(json.loads(text)["messages"])
        return text.partition("\n\n")[2]

    before = export()
    assert all(text in before for text in SAID)
    freeze(talk)

    assert export() == before
    assert still_cold(talk)


def test_search_finds_and_shows_it(alice):
    talk = talk_of(alice)

    def found() -> list[str]:
        hits = search(alice.pk, "grebe", zone=UTC).hits
        return ["".join(piece.text for piece in hit.snippet) for hit in hits]

    before = found()
    freeze(talk)

    title = SAID[0]
    assert sorted(before) == [f"I **see**. {SAID[0]}", SAID[0], title]
    assert found() == before
    assert still_cold(talk)


def test_recall_finds_it_with_its_words(alice):
    talk = talk_of(alice)
    asked = Message.objects.select_related("conversation__owner").get(
        id=say(alice, "What is my boat called?").message
    )

    def recalled() -> list[str]:
        branch = Branch(asked.conversation, asked.id, asked.depth)
        found = Memory(branch, NoEmbedder(), Names()).find(asked.body, 1)
        return [one.text for turn in found for one in turn.messages]

    before = recalled()
    freeze(talk)

    assert before == [SAID[0], f"I **see**. {SAID[0]}"]
    assert recalled() == before
    assert still_cold(talk)


def test_the_receipt_and_the_exact_prompt_are_the_same(alice):
    talk = talk_of(alice)
    before = receipts.exact_prompt(alice.pk, talk.head_id)
    told = receipts.of(alice.pk, talk.head_id)
    freeze(talk)

    assert receipts.exact_prompt(alice.pk, talk.head_id) == before
    assert SAID[0] in before
    assert receipts.of(alice.pk, talk.head_id).parts == told.parts


def test_who_writes_without_opening_it_is_answered_with_all_of_it(alice):
    talk = talk_of(alice)
    freeze(talk)

    posted = say(alice, "What is my boat called?", talk.id)
    briefing = turns.begin(posted.turn, runner=RUNNER)

    sent = [item.text for item in briefing.request.items if hasattr(item, "text")]
    assert [text for text in sent if text in SAID] == SAID
    turns.settle(briefing, Outcome(text="Grebe."), runner=RUNNER)
    assert cold.thaw_written()
    assert not still_cold(talk)
    assert Message.objects.get(id=posted.reply).body == "Grebe."


def test_a_screenful_costs_a_part_once(alice, django_assert_max_num_queries):
    talk = talk_of(alice, [f"{n}. {text}" for n in range(8) for text in SAID])
    freeze(talk)
    rows = list(Message.objects.filter(conversation=talk))
    assert len(rows) == 48

    with django_assert_max_num_queries(2):  # the part; the key, if it is not at hand
        assert all(row.body for row in rows)
    again = list(Message.objects.filter(conversation=talk))
    with django_assert_max_num_queries(0):
        assert [row.body for row in again] == [row.body for row in rows]


def test_only_so_many_parts_stay_open(alice, monkeypatch):
    monkeypatch.setattr(cold_copy, "OPENED", 15)
    for n in range(4):
        create_message(create_conversation(alice), f"Word {n}")  # 6 characters
    Conversation.objects.update(updated=NOW - timedelta(days=200))
    while cold.freeze_some(NOW):
        pass

    assert sorted(m.body for m in Message.objects.all()) == [
        f"Word {n}" for n in range(4)
    ]
    assert len(cold_copy._memory._parts) == 2


# --- at once
@pytest.mark.django_db(transaction=True)
def test_tabs_that_open_it_at_once_all_see_it_and_it_comes_back_once():
    alice = make_person("Alice")
    talk = talk_of(alice)
    before = shown(alice, talk)
    freeze(talk)
    start = threading.Barrier(4)
    seen: list[object] = []

    def opens() -> None:
        start.wait(60)
        try:
            seen.append(shown(alice, talk))
        except Exception as problem:  # told by the assertion below
            seen.append(problem)
        finally:
            connections.close_all()

    tabs = [threading.Thread(target=opens) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()

    assert seen == [before] * 4
    assert not still_cold(talk)


@pytest.mark.django_db(transaction=True)
def test_processes_that_move_at_once_move_everything_once():
    alice = make_person("Alice")
    talks = [talk_of(alice) for _ in range(3)]
    before = [shown(alice, talk) for talk in talks]
    Conversation.objects.update(updated=NOW - timedelta(days=200), replied_at=None)
    start = threading.Barrier(3)
    failed: list[Exception] = []

    def moves() -> None:
        start.wait(60)
        try:
            while cold.freeze_some(NOW):
                pass
        except Exception as problem:
            failed.append(problem)
        finally:
            connections.close_all()

    processes = [threading.Thread(target=moves) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    while cold.freeze_some(NOW):  # what was locked just then
        pass

    assert failed == []
    assert ColdPart.objects.count() == 3
    assert [shown(alice, talk) for talk in talks] == before
