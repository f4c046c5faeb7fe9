"""The receipt of a reply and the marks of a message, as pages and forms."""

from __future__ import annotations

import uuid

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import facts
from accounts.models import User
from conversations.core.model_api import ToolUse
from conversations.core.tools import ToolResult
from conversations.models import Conversation, Message, Turn
from conversations.services import calling, marking, messages, receipts
from conversations.views import marks
from tests.contracts.test_receipts import begun, settled, talked, wire
from tests.pages.markup import assert_harmless, read


@pytest.fixture
def reply(alice: User) -> Message:
    facts.remember(alice.id, "bread", "Rye")
    talk = talked(alice, "first", "<b>bold</b>")
    return Conversation.objects.get(id=talk).head


def address(message: Message, name: str = "receipt/") -> str:
    return f"/c/{message.conversation_id}/m/{message.id}/{name}"


def test_every_reply_leads_to_its_receipt(reply: Message, hers: Client) -> None:
    page = read(hers.get(f"/c/{reply.conversation_id}/"))
    links = page.one(id="thread").all("a", data_panel=True)
    assert [a.attrs["aria-label"] for a in links] == ["What the model saw"] * 2
    assert links[-1].attrs["href"] == address(reply)


def test_the_receipt_is_a_page_of_its_own(reply: Message, hers: Client) -> None:
    page = read(hers.get(address(reply)))
    assert_harmless(page)
    main = page.one("main")
    assert main.one("h1").text == "What the model saw"
    labels = [part.all("span")[0].text for part in main.all("summary")]
    assert labels == ["Profile facts", "Recent turns", "Tools"]
    text = main.text
    for words in ("bread: Rye", "<b>bold</b>", "About first.", "Left out", "free"):
        assert words in text
    bar = main.one("svg", class_="stack")
    assert "Recent turns" in bar.attrs["aria-label"]
    widths = [float(r.attrs["width"].rstrip("%")) for r in bar.all("rect")]
    assert len(widths) == 4 and 0 < sum(widths) <= 100


def test_of_a_reply_with_tools_it_says_that_its_prompt_is_the_first(
    reply: Message, alice: User, hers: Client
) -> None:
    assert "what was sent first" not in hers.get(address(reply)).content.decode()
    turn = Turn.objects.get(message=reply)
    use = ToolUse("c1", "remember", "{}")
    row = calling.open_call(turn.id, alice.id, use, 0)
    calling.close_call(row, alice.id, use, ToolResult("Remembered."))
    assert "what was sent first" in hers.get(address(reply)).content.decode()


def test_a_panel_asks_for_the_inside_only(reply: Message, hers: Client) -> None:
    response = hers.get(address(reply), headers={"X-Fragment": "panel"})
    [inside] = read(response).children[:1]
    assert inside.attrs["data-title"] == "What the model saw"
    assert "<main" not in response.content.decode()


def test_the_exact_prompt_is_a_file(alice: User, hers: Client) -> None:
    posted, briefing = begun(alice, "one")
    reply = Message.objects.get(id=posted.reply)
    response = hers.get(address(reply, "receipt.json"))
    assert response.content.decode() == wire(briefing)
    assert orjson.loads(response.content)["input"][-1]["content"] == "one"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_prompt_that_is_not_there_any_more_says_so(
    reply: Message, hers: Client
) -> None:
    said = reply.parent
    said.body = "other"
    said.save(update_fields=["body"])
    response = hers.get(address(reply, "receipt.json"))
    assert response.status_code == 409
    assert "cannot be put together" in response.content.decode()


def test_a_reply_that_has_not_begun_says_so(alice: User, hers: Client) -> None:
    posted = messages.post(by=alice.id, request_id=uuid.uuid4(), text="hello")
    reply = Message.objects.get(id=posted.reply)
    assert "has not begun" in hers.get(address(reply)).content.decode()
    assert hers.get(address(reply, "receipt.json")).status_code == 404


def test_only_replies_of_that_conversation_have_one(
    reply: Message, hers: Client, alice: User
) -> None:
    other = Conversation.objects.create(owner=alice, title="Other")
    for name in ("receipt/", "receipt.json"):
        assert hers.get(address(reply.parent, name)).status_code == 404
        there = f"/c/{other.id}/m/{reply.id}/{name}"
        assert hers.get(there).status_code == 404


def test_it_costs_the_same_with_few_messages_and_with_many(
    alice: User, hers: Client, reply: Message
) -> None:
    with CaptureQueriesContext(connection) as few:
        hers.get(address(reply))
    for number in range(6):
        talked_on(alice, reply.conversation_id, f"more {number}")
    last = Conversation.objects.get(id=reply.conversation_id).head
    with CaptureQueriesContext(connection) as many:
        hers.get(address(last))
    assert len(many) == len(few)


def talked_on(person: User, talk: uuid.UUID, text: str) -> None:
    _, briefing = begun(person, text, conversation_id=talk)
    settled(briefing)


# --- marks
def test_a_message_is_marked_and_shows_it(reply: Message, hers: Client) -> None:
    there = f"/c/{reply.conversation_id}/"
    for verb, label in (
        ("pin", "Goes with every turn"),
        ("exclude", "Left out of every turn"),
        ("include", ""),
        ("pin", "Goes with every turn"),
        ("unpin", ""),
    ):
        response = hers.post(address(reply, f"{verb}/"), {"next": there})
        assert response["Location"] == there
        article = read(hers.get(there)).one("article", id=f"m-{reply.id}")
        assert "".join(tag.text for tag in article.all("p", class_="tag")) == label


def test_the_menu_offers_what_can_be_done(reply: Message, hers: Client) -> None:
    marking.pin(by=reply.owner_id, message_id=reply.id)
    page = read(hers.get(f"/c/{reply.conversation_id}/"))
    menu = page.one(id=f"do-{reply.id}")
    verbs = {b.text: b.attrs["formaction"] for b in menu.all("button")}
    assert verbs == {
        "Unpin": address(reply, "unpin/"),
        "Leave out of every turn": address(reply, "exclude/"),
    }


def test_a_module_is_told_quietly(reply: Message, hers: Client, monkeypatch) -> None:
    quiet = {"X-Fragment": "none"}
    assert hers.post(address(reply, "pin/"), headers=quiet).status_code == 204
    monkeypatch.setattr(marking, "MOST_PINNED", 1)
    refused = hers.post(address(reply.parent, "pin/"), headers=quiet)
    assert (refused.status_code, refused.content.decode()) == (409, marks.FULL)
    assert "pinned already" in marks.FULL


def test_a_message_in_the_trash_cannot_be_marked(reply: Message, hers: Client) -> None:
    hers.post(f"/c/{reply.conversation_id}/delete/")
    assert hers.post(address(reply, "pin/")).status_code == 404


# --- the gauge
def test_the_bar_says_how_full_the_context_is(reply: Message, hers: Client) -> None:
    page = read(hers.get(f"/c/{reply.conversation_id}/"))
    gauge = page.one("a", id="gauge")
    fill = receipts.fill_of(reply.conversation)
    label = f"Context: {fill.percent} % of the room used. What would be sent now"
    assert gauge.attrs["aria-label"] == label
    assert "data-level" not in gauge.attrs
    assert gauge.attrs["href"] == f"/c/{reply.conversation_id}/preview/"
    assert read(hers.get("/")).one("a", id="gauge").text == "0 %"


@pytest.mark.parametrize(("words", "level"), [(850, "amber"), (1_400, "red")])
def test_the_gauge_warns(
    words: int, level: str, alice: User, hers: Client, settings
) -> None:
    settings.CONTEXT_TOKENS = 2_000
    talk = talked(alice, "word " * words, strategy="full")
    gauge = read(hers.get(f"/c/{talk}/")).one("a", id="gauge")
    assert gauge.attrs["data-level"] == level


def test_a_conversation_without_replies_has_an_empty_gauge(
    alice: User, hers: Client
) -> None:
    posted = messages.post(by=alice.id, request_id=uuid.uuid4(), text="hello")
    page = read(hers.get(f"/c/{posted.conversation}/"))
    assert page.one("a", id="gauge").text == "0 %"
