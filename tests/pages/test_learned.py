"""“Memory updated”, below the reply after which something was learned."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import core_memory, facts
from accounts.models import CoreMemory, Fact, User
from conversations.core.model_api import ToolUse
from conversations.core.tools import ToolResult
from conversations.models import Conversation, ToolCall, Turn
from conversations.services import calling, spending
from tests.base import client_of
from tests.factories import create_message, create_reply
from tests.pages.markup import Element, assert_harmless, read


@pytest.fixture
def reply(talk: Conversation) -> Turn:
    create_message(talk, "My name is Maya.")
    return create_reply(talk, "Hello Maya!")


def learned(turn: Turn, key: str = "name", value: str = "Maya") -> Fact:
    said = turn.message.parent_id
    done = facts.remember(turn.owner_id, key, value, source="talk", source_message=said)
    return done.fact


def lines(client: Client, turn: Turn) -> list[Element]:
    page = read(client.get(f"/c/{turn.conversation_id}/"))
    assert_harmless(page)
    article = page.one("article", id=f"m-{turn.message_id}")
    return [
        row for each in article.all("ul", data_learned=True) for row in each.all("li")
    ]


def test_it_is_told_with_a_way_to_take_it_back(
    reply: Turn, hers: Client, alice: User
) -> None:
    facts.remember(alice.id, "name", "M")
    facts.remember(alice.id, "by hand", "is not told")
    fact = learned(reply, value="<b>Maya</b>")

    (line,) = lines(hers, reply)

    assert line.one("span").text == "Memory updated: name: <b>Maya</b>"
    assert line.one("a").attrs["href"] == f"/settings/facts/#fact-{fact.id}"
    button = line.one("button")
    assert button.attrs["form"] == "verbs"
    assert button.attrs["aria-label"] == "Undo: name"
    here = f"/c/{reply.conversation_id}/"
    there = button.attrs["formaction"]
    response = hers.post(there, {"next": here}, follow=True)
    assert response.redirect_chain == [(here, 302)]
    assert {f.key: f.value for f in facts.known(alice.id)}["name"] == "M"
    assert lines(hers, reply) == []


def test_in_the_background_it_is_taken_back_without_a_page(
    reply: Turn, hers: Client, alice: User
) -> None:
    learned(reply)
    there = lines(hers, reply)[0].one("button").attrs["formaction"]
    quiet = {"X-Fragment": "none"}

    assert hers.post(there, headers=quiet).status_code == 204
    assert hers.post(there, headers=quiet).status_code == 409
    assert facts.known(alice.id) == []


def test_it_stands_with_every_version_of_the_reply_and_in_its_fragment(
    reply: Turn, hers: Client
) -> None:
    learned(reply)
    learned(reply, "home", "Oslo")
    there = f"/c/{reply.conversation_id}/m/{reply.message_id}/"

    alone = read(hers.get(there))

    (told,) = alone.all("ul", data_learned=True)
    assert len(told.all("li")) == 2
    question = read(
        hers.get(f"/c/{reply.conversation_id}/m/{reply.message.parent_id}/")
    )
    assert question.all("ul", data_learned=True) == []


@pytest.mark.parametrize("change", ["replaced", "forgotten", "old"])
def test_what_cannot_be_taken_back_is_told_no_more(
    reply: Turn, hers: Client, alice: User, change: str
) -> None:
    fact = learned(reply)
    if change == "replaced":
        facts.remember(alice.id, "name", "Anna")
    elif change == "forgotten":
        facts.forget(alice.id, "name")
    else:
        before = timezone.now() - timedelta(days=1, seconds=1)
        Fact.objects.filter(id=fact.id).update(created=before)

    assert lines(hers, reply) == []


def test_what_a_tool_noted_is_told_by_its_call_alone(
    reply: Turn, hers: Client, alice: User
) -> None:
    asked = ToolUse("call-1", "remember", "{}")
    row = calling.open_call(reply.id, alice.id, asked, 0)
    facts.remember(
        alice.id, "diet", "vegan", source="model", source_message=reply.message_id
    )
    calling.close_call(row, alice.id, asked, ToolResult("Remembered diet: vegan"))

    assert lines(hers, reply) == []
    ToolCall.objects.all().delete()
    (line,) = lines(hers, reply)
    assert line.one("span").text == "Memory updated: diet: vegan"


def test_nobody_else_takes_it_back(reply: Turn, hers: Client, bob: User) -> None:
    learned(reply)
    there = lines(hers, reply)[0].one("button").attrs["formaction"]

    response = client_of(bob).post(there, headers={"X-Fragment": "none"})

    assert response.status_code == 409
    assert len(lines(hers, reply)) == 1


def test_it_costs_no_query_more_however_much_was_learned(
    reply: Turn, hers: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            hers.get(f"/c/{reply.conversation_id}/")
        return len(caught)

    hers.get(f"/c/{reply.conversation_id}/")
    before = queries()
    for number in range(20):
        learned(reply, f"key {number}")
    assert queries() == before


# --- core memory
def wrote(turn: Turn, text: str) -> CoreMemory:
    """As the tool does it."""
    asked = ToolUse("call-1", "edit_memory", "{}")
    row = calling.open_call(turn.id, turn.owner_id, asked, 0)
    done = core_memory.append(
        turn.owner_id, "person", text, source="model", source_message=turn.message_id
    )
    calling.close_call(row, turn.owner_id, asked, ToolResult(f"Noted: {text}"))
    assert done.version is not None
    return done.version


def calls(client: Client, turn: Turn) -> list[str]:
    page = read(client.get(f"/c/{turn.conversation_id}/"))
    article = page.one("article", id=f"m-{turn.message_id}")
    return [b.attrs["formaction"] for b in article.all("button", form="verbs")]


def test_what_the_model_wrote_in_core_memory_can_be_taken_back(
    reply: Turn, hers: Client, alice: User
) -> None:
    wrote(reply, "one")
    version = wrote(reply, "two")
    there = f"/settings/core/{version.id}/undo/"

    assert [at for at in calls(hers, reply) if "undo" in at] == [there]
    hers.post(there)

    assert core_memory.current(alice.id)["person"].text == "one"
    assert len([at for at in calls(hers, reply) if "undo" in at]) == 1
    core_memory.write(alice.id, "person", "by hand")
    assert [at for at in calls(hers, reply) if "undo" in at] == []


# --- what it cost
def test_what_learning_cost_is_told_apart(
    reply: Turn, hers: Client, alice: User
) -> None:
    for kind, times in (("facts", 2), ("summary", 2), ("title", 1)):
        for _ in range(times):
            spending.charge(
                kind,
                owner_id=alice.id,
                conversation_id=reply.conversation_id,
                turn_id=reply.id,
                model="demo",
                usage=spending.Usage(10, 1),
            )

    settings = read(hers.get(f"/c/{reply.conversation_id}/settings/"))

    cost = settings.one("section", aria_labelledby="cost").one("p").text
    for part in ("for 2 looks for facts", "for 2 summaries", "for 1 title."):
        assert part in cost
    assert "learning facts" in read(hers.get("/settings/usage/")).one("main").text
