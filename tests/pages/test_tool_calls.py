"""The tools that a reply used, on its page."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import facts
from accounts.models import Fact, User
from conversations.core.model_api import ToolUse
from conversations.core.tools import ToolResult
from conversations.models import Conversation, ToolCall, Turn
from conversations.services import calling, thread
from tests.base import client_of
from tests.factories import create_message, create_reply
from tests.pages.markup import Element, assert_harmless, read


@pytest.fixture
def reply(talk: Conversation) -> Turn:
    create_message(talk, "Remember that I am vegan.")
    return create_reply(talk, "I will.")


def call(
    turn: Turn, name: str, gave: str | None, given: str = "{}", ok: bool = True
) -> None:
    """A call as the product records it; ``gave`` of None: it has not answered."""
    asked = ToolUse(f"call-{uuid.uuid4()}", name, given)
    row = calling.open_call(turn.id, turn.owner_id, asked, 0)
    if gave is not None:
        result = ToolResult(gave, ok=ok)
        calling.close_call(row, turn.owner_id, asked, result)


def remembered(turn: Turn, key: str, value: str) -> Fact:
    """As the tool does it."""
    asked = ToolUse("call-1", "remember", "{}")
    row = calling.open_call(turn.id, turn.owner_id, asked, 0)
    done = facts.remember(
        turn.owner_id, key, value, source="model", source_message=turn.message_id
    )
    result = ToolResult(f"Remembered {key}: {value}")
    calling.close_call(row, turn.owner_id, asked, result)
    return done.fact


def forgotten(turn: Turn, key: str) -> Fact:
    asked = ToolUse("call-2", "forget", "{}")
    row = calling.open_call(turn.id, turn.owner_id, asked, 0)
    fact = facts.forget(turn.owner_id, key)
    calling.close_call(row, turn.owner_id, asked, ToolResult(f"Forgot {key}"))
    return fact


def shown(client: Client, turn: Turn) -> list[Element]:
    page = read(client.get(f"/c/{turn.conversation_id}/"))
    assert_harmless(page)
    return page.one("article", id=f"m-{turn.message_id}").all("li", class_="call")


def undoes(client: Client, turn: Turn) -> list[str]:
    return [
        button.attrs["formaction"]
        for row in shown(client, turn)
        for button in row.all("button")
    ]


def told(client: Client, turn: Turn) -> list[tuple[str, str]]:
    return [
        (row.attrs["data-status"], row.one("summary").text.strip())
        for row in shown(client, turn)
    ]


def test_calls_are_told_in_words_in_their_order(reply: Turn, hers: Client) -> None:
    call(reply, "remember", "Remembered diet: vegan", '{"key": "<b>diet</b>"}')
    call(reply, "read_more", "Read on in a long text: all of it\n" + "x" * 5_000)
    call(reply, "forget", "Error: Nothing is remembered as “x”.", ok=False)
    call(reply, "forget", None)
    assert told(hers, reply) == [
        ("done", "Remembered diet: vegan"),
        ("done", "Read on in a long text: all of it"),
        ("failed", "Nothing is remembered as “x”. (failed)"),
        ("cancelled", "Forget: stopped"),  # its turn is over
    ]
    rows = shown(hers, reply)
    assert rows[0].all("pre")[0].text == '{"key": "<b>diet</b>"}'
    assert "3,034 more characters" in rows[1].all("pre")[1].text
    assert len(rows[3].all("pre")) == 1


def test_a_page_that_comes_in_mid_call_says_that_it_runs(
    talk: Conversation, hers: Client
) -> None:
    create_message(talk, "Read on.")
    turn = create_reply(talk, "", status=Turn.Status.RUNNING, started=timezone.now())
    call(turn, "read_more", None)
    assert told(hers, turn) == [("running", "Read more…")]


def test_a_reply_without_calls_has_an_empty_list_of_them(
    talk: Conversation, hers: Client
) -> None:
    page = read(hers.get(f"/c/{talk.id}/"))
    (calls,) = page.one(id="thread").all("ul", class_="calls")
    assert calls.text == ""


def test_what_was_remembered_can_be_taken_back_once(
    reply: Turn, hers: Client, alice: User
) -> None:
    facts.remember(alice.id, "diet", "meat")
    facts.remember(alice.id, "name", "Maya")
    fact = remembered(reply, "diet", "vegan")
    (address,) = undoes(hers, reply)
    assert address == f"/settings/facts/{fact.id}/undo/remembered/"
    assert hers.post(address, follow=True).status_code == 200
    known = {fact.key: fact.value for fact in facts.known(alice.id)}
    assert known == {"diet": "meat", "name": "Maya"}
    assert undoes(hers, reply) == []


def test_what_was_forgotten_can_be_taken_back_until_it_is_known_again(
    reply: Turn, hers: Client, alice: User
) -> None:
    facts.remember(alice.id, "diet", "vegan")
    fact = forgotten(reply, "diet")
    (address,) = undoes(hers, reply)
    assert address == f"/settings/facts/{fact.id}/undo/forgotten/"
    hers.post(address)
    assert [fact.key for fact in facts.known(alice.id)] == ["diet"]
    assert undoes(hers, reply) == []
    fact = forgotten(reply, "diet")
    facts.remember(alice.id, "diet", "fish")
    assert undoes(hers, reply) == []


def test_what_has_changed_since_cannot_be_taken_back(
    reply: Turn, hers: Client, alice: User
) -> None:
    remembered(reply, "diet", "vegan")
    facts.remember(alice.id, "diet", "fish")
    assert undoes(hers, reply) == []


def test_a_day_later_nothing_is_taken_back(reply: Turn, hers: Client) -> None:
    remembered(reply, "diet", "vegan")
    before = timezone.now() - timedelta(days=2)
    ToolCall.objects.update(created=before, finished=before)
    Fact.objects.update(created=before)
    assert undoes(hers, reply) == []


def test_nobody_else_takes_it_back(
    reply: Turn, hers: Client, alice: User, bob: User
) -> None:
    remembered(reply, "diet", "vegan")
    (address,) = undoes(hers, reply)
    client_of(bob).post(address)
    assert [fact.value for fact in facts.known(alice.id)] == ["vegan"]


def test_calls_cost_no_query_more_however_many_there_are(
    reply: Turn, alice: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            thread.page(by=alice.id, conversation_id=reply.conversation_id)
        return len(asked)

    def add(turn: Turn, many: int) -> Any:
        for number in range(many):
            remembered(turn, f"key {number}", "x")

    before = queries()
    add(reply, 1)
    with_one = queries()
    add(reply, 20)
    assert (with_one, queries()) == (before, before)
