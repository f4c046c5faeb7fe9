"""What a person is shown of what was redacted."""

from __future__ import annotations

import uuid

import pytest

from conversations import tools
from conversations.core.model_api import ToolUse
from conversations.core.tools import ToolResult
from conversations.core.turn import Outcome
from conversations.models import File, Message
from conversations.services import calling, messages, revising, turns
from tests.contracts.file_rows import make_file
from tests.pages.markup import read

MAIL, PHONE = "ann.lee@example.com", "+49 151 23456789"
TEXT = f"I am {MAIL}, or eve@example.com; call {PHONE}"
NOTE = "Kept from the model: 2 e-mail addresses, 1 phone number"
RUNNER = uuid.uuid4()


@pytest.fixture(params=["vault", "mask"])
def form(request, settings) -> str:
    settings.PII_POLICY = request.param
    return request.param


@pytest.fixture
def vault(settings) -> None:
    settings.PII_POLICY = "vault"


def talked(person, text=TEXT, reply=f"So **{MAIL}**.", **fields):
    asked = {"by": person.id, "request_id": uuid.uuid4(), "text": text, **fields}
    posted = messages.post(**asked)
    briefing = turns.begin(posted.turn, runner=RUNNER, offer=tools.offered)
    call = ToolUse("c1", "remember", '{"value":"x"}')
    row = calling.open_call(posted.turn, person.id, call, 0)
    calling.close_call(row, person.id, call, ToolResult(f"Remembered {MAIL}"))
    turns.settle(briefing, Outcome(text=reply, html="<p>as it was</p>"), runner=RUNNER)
    return posted


def page_of(client_of, person, posted):
    return read(client_of(person).get(f"/c/{posted.conversation}/"))


def test_a_message_says_what_the_model_was_not_told(form, alice, client_of):
    posted = talked(alice)
    said = page_of(client_of, alice, posted).one("article", id=f"m-{posted.message}")
    assert [tag.text for tag in said.all("p", class_="tag")] == [NOTE]


def test_its_person_reads_originals_everywhere(vault, alice, client_of):
    posted = talked(alice)
    page = page_of(client_of, alice, posted)
    said = page.one("article", id=f"m-{posted.message}")
    reply = page.one("article", id=f"m-{posted.reply}")
    assert said.one("div", class_="bubble").text == TEXT
    assert reply.one("div", class_="prose").one("strong").text == MAIL
    assert f"Remembered {MAIL}" in reply.text
    copied = reply.one("button", **{"aria-label": "Copy reply"})
    assert copied.attrs["value"] == f"So **{MAIL}**."
    row = page.one("li", id=f"row-{posted.conversation}")
    assert MAIL in row.text
    for form in ("txt", "md", "json"):
        found = client_of(alice).get(f"/c/{posted.conversation}/export.{form}")
        assert MAIL in b"".join(found.streaming_content).decode()


def test_a_call_says_what_of_its_answer_is_kept(vault, alice, client_of):
    page = page_of(client_of, alice, talked(alice))
    [call] = page.all("li", class_="call")
    assert call.one("p", class_="tag").text == "Kept from the model: 1 e-mail address"


def test_a_file_says_what_of_its_text_is_kept(vault, alice, client_of):
    file = make_file(alice, "notes.txt", f"Call {PHONE}")
    File.objects.filter(id=file).update(redacted={"PHONE": 1})
    page = page_of(client_of, alice, talked(alice, attachments=[file]))
    [chip] = page.all("li", class_="chip")
    assert "Kept from the model: 1 phone number" in chip.text


def test_where_nothing_is_kept_nothing_is_said(vault, alice, client_of):
    posted = talked(alice, "Hello", "Hello yourself")
    said = page_of(client_of, alice, posted).one("article", id=f"m-{posted.message}")
    assert said.all("p", class_="tag") == []


def test_the_inspector_lists_what_stood_in_the_prompt(vault, alice, client_of):
    posted = talked(alice)
    seen = client_of(alice).get(f"/c/{posted.conversation}/m/{posted.reply}/receipt/")
    page = read(seen)
    names = [code.text for code in page.one("div", class_="seen").all("code")]
    assert names == ["[EMAIL_1]", "[EMAIL_2]", "[PHONE_1]"]
    assert MAIL not in page.one("div", class_="parts").text
    assert "I am [EMAIL_1], or [EMAIL_2]" in page.one("div", class_="parts").text


def test_a_preview_says_what_would_be_kept_and_stores_nothing(
    form, alice, client_of, django_assert_num_queries
):
    shown = client_of(alice).post("/preview/", {"text": TEXT})
    assert NOTE in read(shown).one("div", class_="seen").text
    assert not Message.objects.exists()


def test_an_edited_reply_is_rendered_anew(form, alice, client_of):
    posted = talked(alice)
    done = revising.edit(
        by=alice.id,
        request_id=uuid.uuid4(),
        message_id=posted.reply,
        text=f"*Now* {PHONE}",
        rerun=False,
    )
    page = page_of(client_of, alice, posted)
    reply = page.one("article", id=f"m-{done.message}")
    shown = PHONE if form == "vault" else "[PHONE]"
    assert reply.one("div", class_="prose").text.strip() == f"Now {shown}"
