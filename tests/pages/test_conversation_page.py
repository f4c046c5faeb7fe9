"""A conversation on the page: its branch, its states, its cost."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chatsite.lib.fields import MARKER
from conversations.core.markdown import RENDERER_VERSION
from conversations.models import Conversation, Message
from tests.factories import create_conversation, create_message, create_reply
from tests.pages.markup import Element, assert_harmless, read


def open_page(client: Client, talk: Conversation, query: str = "") -> Element:
    response = client.get(f"/c/{talk.id}/{query}")
    assert response.status_code == 200
    page = read(response)
    assert_harmless(page)
    return page


def texts(page: Element) -> list[str]:
    turns = page.one(id="thread").all("article")
    return [
        (turn.all("div", class_="bubble") or turn.all("div", class_="prose"))[0].text
        for turn in turns
    ]


def last_reply(page: Element) -> Element:
    return page.one(id="thread").all("article", class_="reply")[-1]


# --- what it shows
def test_it_shows_the_branch_in_order(talk: Conversation, hers: Client) -> None:
    page = open_page(hers, talk)

    said = page.one(id="thread").all("article")
    assert [turn.attrs["data-role"] for turn in said] == ["user", "assistant"]
    assert [text.strip() for text in texts(page)] == ["Question 1", "Answer 2"]
    assert said[0].attrs["id"] == f"m-{said[0].attrs['data-message']}"
    assert said[1].attrs["data-status"] == "complete"
    assert page.one("title").text == "Rye bread · Understory"
    assert page.one("main").one("h1").text == "Rye bread"


def test_the_sidebar_knows_where_one_is(talk: Conversation, hers: Client) -> None:
    rail = open_page(hers, talk).one("nav", aria_label="Conversations")

    assert rail.one("a", aria_current="page").attrs["href"] == f"/c/{talk.id}/"


def test_the_links_of_the_sidebar_are_conversations_and_nothing_else(
    talk: Conversation, alice: User, hers: Client
) -> None:
    other = create_conversation(alice)

    links = open_page(hers, talk).one("nav", aria_label="Conversations").all("a")

    there = {link.attrs["href"] for link in links}
    assert there == {f"/c/{talk.id}/", f"/c/{other.id}/"}
    assert len(links) == 2


def test_a_temporary_one_says_so_at_its_top(talk: Conversation, hers: Client) -> None:
    def tags() -> list[str]:
        return [tag.text for tag in open_page(hers, talk).all("span", class_="tag")]

    assert tags() == []
    Conversation.objects.update(temporary=True)
    assert tags() == ["Temporary"]


def test_what_left_the_branch_is_not_shown(talk: Conversation, hers: Client) -> None:
    first = talk.messages.get(parent=None)
    Message.objects.create(
        conversation=talk, owner_id=talk.owner_id, parent=first, body="Another try"
    )

    assert "Another try" not in "".join(texts(open_page(hers, talk)))


def test_system_and_tool_messages_are_not_shown(
    talk: Conversation, hers: Client
) -> None:
    create_message(talk, "You are a tool", role="system")
    create_message(talk, '{"rows": 3}', role="tool")

    assert len(texts(open_page(hers, talk))) == 2


def test_a_conversation_without_messages_is_a_page(alice: User, hers: Client) -> None:
    thread = open_page(hers, create_conversation(alice)).one(id="thread")

    assert thread.all("article") == []
    assert thread.attrs["data-head"] == ""


# --- what people write
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ user.email }} {% now 'Y' %}",
        "</div></article><form>",
        "# not a heading, *not* italic",
        "  leading, double  spaces\n\nand lines\n",
        "שלום \u202eevil\u202c مرحبا",
        "👨‍👩‍👧‍👦 🇸🇪 e\u0301 \u0000 \ufeff",
        "&amp; &lt;b&gt; &#x3c;",
        "\n".join(f"line {number}" for number in range(10_000)),
    ],
)
def test_what_a_person_wrote_is_text(text: str, alice: User, hers: Client) -> None:
    talk = create_conversation(alice, title="T")
    create_message(talk, text)

    assert texts(open_page(hers, talk)) == [text]


def test_half_a_character_does_not_break_the_page(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, title="T")
    create_message(talk, "half \ud83d of it")
    create_reply(talk, "the other \ude00 half")

    asked, answered = texts(open_page(hers, talk))

    assert asked == "half \ufffd of it"
    assert answered.strip() == "the other \ufffd half"


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "\"'><b>x", "{{ x }}"])
def test_a_title_is_text_wherever_it_stands(
    title: str, alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, title=title, messages=2)

    page = open_page(hers, talk)

    assert page.one("title").text == f"{title} · Understory"
    assert page.one("main").one("h1").text == title
    assert page.one(id=f"row-{talk.id}").one("a", data_nav=True).text == title
    assert (
        page.one("main").one(class_="top").attrs["data-title"]
        == f"{title} · Understory"
    )
    for there in ("/c/", f"/c/{talk.id}/rename/", f"/c/{talk.id}/erase/"):
        assert_harmless(read(hers.get(there)))


# --- what the model wrote
def test_a_reply_is_rendered(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=1)
    create_reply(talk, "**bold** <script>alert(1)</script>")

    prose = last_reply(open_page(hers, talk)).one("div", class_="prose")

    assert prose.one("strong").text == "bold"
    assert "<script>alert(1)</script>" in prose.text


@pytest.mark.parametrize(
    ("version", "shown"),
    [(RENDERER_VERSION, "stored"), (RENDERER_VERSION + 1, "rendered"), (0, "rendered")],
)
def test_stored_html_counts_while_its_renderer_does(
    version: int, shown: str, alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=1)
    stored = {"html": "<p>stored</p>", "html_version": version}
    create_reply(talk, "rendered", message=stored)

    prose = last_reply(open_page(hers, talk)).one("div", class_="prose")
    assert prose.text.strip() == shown


def test_the_source_of_a_reply_can_be_copied(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=1)
    create_reply(talk, 'a **"b"**\n\n- c')

    copy = last_reply(open_page(hers, talk)).one("button", data_copy_text=True)

    assert copy.attrs["value"] == 'a **"b"**\n\n- c'


def test_a_reply_says_who_wrote_it_and_how_fast(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=1)
    now = timezone.now()
    create_reply(
        talk,
        "Hi",
        model="gpt-5.4-mini",
        output_tokens=1214,
        started=now - timedelta(seconds=3.21),
        finished=now,
    )

    facts = last_reply(open_page(hers, talk)).one("span", class_="facts").text

    assert facts == "gpt-5.4-mini · 1,214 tokens · 3.2 s"


# --- the states of a reply
@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_reply_that_is_being_written_shows_what_there_is(
    status: str, alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=1)
    turn = create_reply(talk, "", status=status, chunks=["Rye *needs* ", "time"])

    reply = last_reply(open_page(hers, talk))

    assert reply.attrs["aria-busy"] == "true"
    assert reply.attrs["data-turn"] == str(turn.id)
    assert reply.attrs["data-status"] == status
    assert reply.one("div", class_="prose").text.strip() == "Rye needs time"


def test_a_reply_before_its_first_word_is_empty(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=1)
    create_reply(talk, "", status="running")

    assert last_reply(open_page(hers, talk)).one("div", class_="prose").children == []


def test_a_reply_that_waits_offers_second_thoughts(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=1)
    create_reply(talk, "Half of", status="running")
    create_message(talk, "And with spelt?")
    create_reply(talk, "", status="queued")

    running, waiting = open_page(hers, talk).one(id="thread").all(class_="reply")

    assert running.all("div", class_="note") == []
    note = waiting.one("div", class_="waits")
    assert note.one("p").text == "Waits for the reply before it"
    assert [button.text for button in note.all("button")] == ["Edit", "Drop"]


def test_a_reply_that_waits_to_be_gone_on_with_cannot_be_dropped(
    alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=1)
    create_reply(talk, "Half of", status="queued", started=timezone.now())

    assert last_reply(open_page(hers, talk)).all("div", class_="note") == []


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("stopped", "You stopped this reply."),
        ("interrupted", "This reply was interrupted."),
    ],
)
def test_an_unfinished_reply_says_why(
    status: str, sentence: str, alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=1)
    create_reply(talk, "Half of", status=status, chunks=["Half of it, unseen"])

    reply = last_reply(open_page(hers, talk))

    assert "aria-busy" not in reply.attrs
    assert reply.attrs["data-status"] == status
    assert reply.one("div", class_="prose").text.strip() == "Half of"
    assert reply.one("div", class_="note").one("p").text == sentence


def test_a_failed_reply_says_what_happened_and_offers_another_try(
    alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=1)
    turn = create_reply(
        talk,
        "",
        status="failed",
        error_code="timeout",
        error_sentence="The model did not answer <in time>.",
        error_detail="HTTP 504",
    )

    note = last_reply(open_page(hers, talk)).one("div", class_="note")

    assert note.one("p").text == "The model did not answer <in time>."
    assert note.one("button", data_retry=True).text == "Try again"
    details = note.one("details").text
    assert "timeout (HTTP 504)" in details and str(turn.id) in details


def test_a_complete_reply_has_no_note(talk: Conversation, hers: Client) -> None:
    assert last_reply(open_page(hers, talk)).all("div", class_="note") == []


def test_what_cannot_be_opened_is_marked(
    talk: Conversation, alice: User, hers: Client
) -> None:
    Message.objects.update(body=b"\x01damaged")
    Conversation.objects.update(title=b"\x01damaged")

    page = open_page(hers, talk)

    assert [text.strip() for text in texts(page)] == [MARKER, MARKER]
    assert page.one("main").one("h1").text == MARKER


# --- older messages
def test_forty_messages_are_a_page(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=40)

    page = open_page(hers, talk)

    assert len(texts(page)) == 40
    assert page.all("a", data_older=True) == []


def test_older_messages_are_a_link_away(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=95)
    seen: list[str] = []
    query = ""
    while True:
        page = open_page(hers, talk, query)
        seen = [text.strip().split()[-1] for text in texts(page)] + seen
        assert (page.all("a", class_="newer") != []) is bool(query)
        older = page.one(id="thread").all("a", data_older=True)
        if not older:
            break
        assert older[0].attrs["href"].startswith(f"/c/{talk.id}/?before=")
        query = older[0].attrs["href"].removeprefix(f"/c/{talk.id}/")

    assert seen == [str(number) for number in range(1, 96)]


@pytest.mark.parametrize("before", ["", "x", "1", "%00", "../..", "'; drop table"])
def test_a_place_that_is_none_is_a_bad_request(
    before: str, talk: Conversation, hers: Client
) -> None:
    response = hers.get(f"/c/{talk.id}/", {"before": before})

    assert response.status_code == 400
    assert read(response).one("main").one("h1").text == "That address does not work"


def test_a_place_in_another_conversation_is_not_there(
    talk: Conversation, alice: User, hers: Client
) -> None:
    other = create_conversation(alice, messages=2)

    for place in (other.head_id, uuid.uuid4()):
        assert hers.get(f"/c/{talk.id}/?before={place}").status_code == 404


# --- days
def days_of(page: Element) -> list[str]:
    return [day.text.strip() for day in page.one(id="thread").all("p", class_="day")]


def test_each_day_has_its_line_in_the_persons_calendar(
    alice: User, hers: Client, monkeypatch
) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="America/New_York")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 20, 15, tzinfo=UTC))
    talk = create_conversation(alice)
    for moment in (
        datetime(2025, 12, 31, 12, tzinfo=UTC),
        datetime(2026, 11, 16, 12, tzinfo=UTC),
        datetime(2026, 11, 17, 4, 59, tzinfo=UTC),  # 23:59 of the 16th there
        datetime(2026, 11, 19, 12, tzinfo=UTC),
        datetime(2026, 11, 20, 12, tzinfo=UTC),
    ):
        create_message(talk, "Hi", created=moment)

    page = open_page(hers, talk)

    assert days_of(page) == [
        "Wednesday 31 December 2025",
        "Monday 16 November",
        "Yesterday",
        "Today",
    ]
    assert (
        page.one("p", id="d-2026-11-16").one("time").attrs["datetime"] == "2026-11-16"
    )


def test_a_conversation_of_today_needs_no_line(
    talk: Conversation, hers: Client
) -> None:
    assert days_of(open_page(hers, talk)) == []


def test_a_page_that_begins_within_a_day_does_not_repeat_it(
    alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=50)
    Message.objects.update(created=timezone.now() - timedelta(days=1))

    page = open_page(hers, talk)

    assert days_of(page) == []
    older = page.one("a", data_older=True).attrs["href"]
    assert days_of(read(hers.get(older))) == ["Yesterday"]


# --- archived and thrown away
def test_a_conversation_in_the_trash_can_be_read_but_not_gone_on_with(
    talk: Conversation, hers: Client
) -> None:
    Conversation.objects.update(deleted_at=timezone.now())

    page = open_page(hers, talk)

    assert len(texts(page)) == 2
    assert page.all(id="composer") == []
    verbs = page.one("div", class_="dock").all("button", form="verbs")
    assert [verb.attrs["formaction"] for verb in verbs] == [f"/c/{talk.id}/restore/"]


# --- cost
@pytest.mark.parametrize(("messages", "queries"), [(1, 12), (3, 15), (40, 16)])
def test_its_queries_do_not_grow_with_the_messages(
    messages: int, queries: int, alice: User, hers: Client, django_assert_num_queries
) -> None:
    talk = create_conversation(alice, messages=messages)
    create_conversation(alice, messages=60)  # somebody else's length
    hers.get(f"/c/{talk.id}/")

    # session, person; conversation, branch, turns of replies, their calls, html,
    # what was learned;
    # how long it is kept, summary, gauge, default model; sidebar 3
    with django_assert_num_queries(queries):
        hers.get(f"/c/{talk.id}/")
    with django_assert_num_queries(queries - 3):
        hers.get(f"/c/{talk.id}/", headers={"X-Fragment": "main"})


def test_live_replies_cost_two_queries_however_many(
    alice: User, hers: Client, django_assert_num_queries
) -> None:
    talk = create_conversation(alice)
    for _ in range(3):
        create_message(talk)
        create_reply(talk, "", status="queued", chunks=["a", "b"])

    with django_assert_num_queries(15):
        hers.get(f"/c/{talk.id}/", headers={"X-Fragment": "main"})
