"""The pieces that modules fetch, as docs/page-protocol.md promises them."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from tests.factories import create_conversation, create_message, create_reply
from tests.pages.markup import Element, assert_harmless, read

MAIN = {"X-Fragment": "main"}
THREAD = {"X-Fragment": "thread"}


def elements(fragment: Element) -> list[Element]:
    return [child for child in fragment.children if isinstance(child, Element)]


@pytest.mark.parametrize(
    ("there", "title"),
    [
        ("/", "New chat"),
        ("/c/", "Conversations"),
        ("/c/{}/", "Rye bread"),
        ("/c/{}/rename/", "Rename"),
        ("/c/{}/erase/", "Delete for good"),
    ],
)
def test_every_page_has_an_inside(
    there: str, title: str, talk: Conversation, hers: Client
) -> None:
    there = there.format(talk.id)
    whole, inside = read(hers.get(there)), read(hers.get(there, headers=MAIN))

    first = elements(inside)[0]
    assert first.attrs["data-title"] == f"{title} · Understory"
    assert first.one("h1").text == title
    assert whole.one("title").text == f"{title} · Understory"
    main = whole.one("main", id="main")
    assert [each.name for each in elements(main)] == [
        each.name for each in elements(inside)
    ]
    assert inside.all("main") == inside.all("div", id="rail") == []
    assert_harmless(inside)


def test_the_thread_comes_alone(talk: Conversation, hers: Client) -> None:
    thread = read(hers.get(f"/c/{talk.id}/", headers=THREAD))

    assert [each.name for each in elements(thread)] == ["article", "article"]
    assert thread.all(id="thread") == []


def test_older_messages_come_with_the_way_to_older_ones(
    alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=90)
    link = read(hers.get(f"/c/{talk.id}/", headers=THREAD)).one("a", data_older=True)

    older = read(hers.get(link.attrs["href"], headers=THREAD))

    first, *others = elements(older)
    assert first.attrs["class"].split()[0] == "older"
    assert len([each for each in others if each.name == "article"]) == 40


def test_a_message_comes_as_the_page_shows_it(alice: User, hers: Client) -> None:
    talk = create_conversation(alice)
    asked = create_message(talk, "Why?")
    turn = create_reply(talk, "", status="failed", error_sentence="It broke.")
    page = read(hers.get(f"/c/{talk.id}/"))

    for message in (asked, turn.message):
        response = hers.get(f"/c/{talk.id}/m/{message.id}/")
        (alone,) = elements(read(response))
        assert alone.name == "article"
        in_page = page.one("article", id=f"m-{message.id}")
        assert [(e.name, e.attrs) for e in alone.walk()] == [
            (e.name, e.attrs) for e in in_page.walk()
        ]


def test_a_message_that_no_page_shows_is_not_there(
    talk: Conversation, hers: Client
) -> None:
    system = create_message(talk, "Be kind", role="system")

    assert hers.get(f"/c/{talk.id}/m/{system.id}/").status_code == 404


def test_templates_are_articles_without_their_text(hers: Client) -> None:
    page = read(hers.get("/"))

    user = page.one("template", id="user-template").one("article")
    assert user.one("div", class_="bubble").children == []
    reply = page.one("template", id="reply-template").one("article")
    # whoever reads the page by its marks must not take them for messages
    for each in (user, reply):
        assert not each.attrs.keys() & {"id", "data-message", "data-role", "data-turn"}
    assert reply.attrs["data-status"] == "queued"
    assert reply.attrs["aria-busy"] == "true"
    assert reply.one("div", class_="prose").children == []
    assert page.one("template", id="bones-template").all(class_="bone")


def test_hooks_of_the_modules_are_there(
    talk: Conversation, alice: User, hers: Client
) -> None:
    page = read(hers.get(f"/c/{talk.id}/"))

    assert page.one("body").attrs["data-user"] == str(alice.pk)
    assert page.one("html").attrs["data-theme"] == "system"
    assert len(page.one("meta", name="csrf-token").attrs["content"]) > 30
    assert page.one("meta", name="application-name").attrs["content"] == "Understory"
    assert page.one("script", type="module").attrs["src"].endswith("js/app.js")
    assert page.all(role="status")[0].attrs["id"] == "announce"
    offline = page.one("div", class_="offline", hidden=True)
    assert offline.one("span") and offline.one("button", data_reconnect=True)
    assert page.one("button", id="to-end", hidden=True)
    assert page.one("form", id="verbs").one("input", name="next")
    thread = page.one("div", id="thread")
    assert thread.attrs["data-conversation"] == str(talk.id)
    assert thread.attrs["data-head"] == str(talk.head_id)


def test_a_persons_theme_is_on_the_page(alice: User, hers: Client) -> None:
    User.objects.filter(pk=alice.pk).update(theme="dark")

    assert read(hers.get("/")).one("html").attrs["data-theme"] == "dark"
