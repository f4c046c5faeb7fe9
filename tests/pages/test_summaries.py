"""The summary on the page: where it ends in the thread, and a page of its own."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation, Message, Summary
from tests.base import client_of
from tests.factories import create_conversation
from tests.pages.markup import Element, assert_harmless, read

NASTY = "<script>alert('s')</script> & Maya bakes"


@pytest.fixture
def talk(alice: User) -> Conversation:
    return create_conversation(alice, title="Rye bread", messages=24)


def at(talk: Conversation, depth: int) -> Message:
    return talk.messages.get(depth=depth)


def summarise(
    talk: Conversation, depth: int = 12, text: str = NASTY, **fields: object
) -> Summary:
    covers = fields.pop("covers", None) or at(talk, depth)
    return Summary.objects.create(
        conversation=talk,
        owner_id=talk.owner_id,
        covers=covers,
        covered=covers.depth,
        text=text,
        tokens=17,
        source_tokens=400,
        version=talk.summaries.count() + 1,
        **fields,
    )


def thread(client: Client, talk: Conversation, query: str = "") -> Element:
    page = read(client.get(f"/c/{talk.id}/{query}"))
    assert_harmless(page)
    return page.one(id="thread")


def dividers(client: Client, talk: Conversation, query: str = "") -> list[Element]:
    return thread(client, talk, query).all(class_="divider")


def summary_page(client: Client, talk: Conversation) -> Element:
    response = client.get(f"/c/{talk.id}/summary/")
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    page = read(response)
    assert_harmless(page)
    return page.one("main")


def save(client: Client, talk: Conversation, text: str, version: object = 1):
    return client.post(f"/c/{talk.id}/summary/", {"text": text, "version": version})


# --- in the thread
def test_a_line_stands_after_the_last_message_it_speaks_of(
    talk: Conversation, hers: Client
) -> None:
    summarise(talk)

    column = thread(hers, talk)
    line = column.one(class_="divider")

    kept = [each for each in column.children if isinstance(each, Element)]
    before = kept[kept.index(line) - 1]
    assert before.attrs["id"] == f"m-{at(talk, 12).id}"
    assert line.one("p").text == "12 messages summarised"
    assert line.one("details").one("div").text == NASTY
    redo = line.one("button")
    assert (redo.text, redo.attrs["form"]) == ("Redo", "verbs")
    assert redo.attrs["formaction"] == f"/c/{talk.id}/resummarise/"
    assert line.one("a").attrs["href"] == f"/c/{talk.id}/summary/"


def test_a_fragment_of_the_thread_has_it_too(talk: Conversation, hers: Client) -> None:
    summarise(talk)

    made = hers.get(f"/c/{talk.id}/", headers={"X-Fragment": "thread"})

    assert "12 messages summarised" in made.content.decode()


def test_only_the_newest_of_the_branch_is_told_of(
    talk: Conversation, hers: Client
) -> None:
    summarise(talk, 6)
    summarise(talk, 14)
    other = create_conversation(talk.owner, messages=12)
    summarise(other, 10)

    assert [line.one("p").text for line in dividers(hers, talk)] == [
        "14 messages summarised"
    ]


def test_a_summary_of_another_branch_is_not_told_of(
    talk: Conversation, hers: Client
) -> None:
    summarise(talk, 4)
    fork = Message.objects.create(
        conversation=talk,
        owner_id=talk.owner_id,
        parent=at(talk, 7),
        depth=8,
        role="assistant",
        body="Another way",
    )
    summarise(talk, covers=fork)

    [line] = dividers(hers, talk)
    assert line.one("p").text == "4 messages summarised"


def test_it_stands_on_no_page_but_that_of_its_last_message(
    alice: User, hers: Client
) -> None:
    talk = create_conversation(alice, messages=90)
    summarise(talk, 20)
    summarise(talk, 30)

    assert dividers(hers, talk) == []
    second = thread(hers, talk).one(class_="older").attrs["href"].partition("/?")[2]
    [line] = dividers(hers, talk, f"?{second}")
    assert line.one("p").text == "30 messages summarised"
    summarise(talk, 80)
    assert dividers(hers, talk, f"?{second}") == []
    assert len(dividers(hers, talk)) == 1


def test_switched_off_it_is_not_told_of(talk: Conversation, hers: Client) -> None:
    summarise(talk)
    Conversation.objects.update(summarises=False)

    assert dividers(hers, talk) == []


def test_in_the_trash_it_can_be_read_only(talk: Conversation, hers: Client) -> None:
    summarise(talk)
    Conversation.objects.update(deleted_at=timezone.now())

    assert dividers(hers, talk)[0].all("button") == []
    page = summary_page(hers, talk)
    assert page.all("textarea") == page.all("form") == []
    assert NASTY in page.text
    assert save(hers, talk, "Mine").status_code == 404
    assert hers.post(f"/c/{talk.id}/resummarise/").status_code == 302
    assert Summary.objects.count() == 1


def test_one_query_finds_it_or_finds_none(
    talk: Conversation, hers: Client, django_assert_num_queries
) -> None:
    there, thread = f"/c/{talk.id}/", {"X-Fragment": "thread"}
    hers.get(there)
    with CaptureQueriesContext(connection) as without:
        hers.get(there, headers=thread)
    for _ in range(4):
        summarise(talk)
        with django_assert_num_queries(len(without)):
            hers.get(there, headers=thread)


# --- its page
def test_the_page_shows_it_and_its_versions(talk: Conversation, hers: Client) -> None:
    summarise(talk, 6, "First words")
    summarise(talk, 12, "Second words")
    summarise(talk, 12, NASTY, edited=True)

    page = summary_page(hers, talk)

    assert page.one("h1").text == "Summary"
    assert page.one("textarea").text.strip() == NASTY
    versions = [each.one("summary").text for each in page.all("li")]
    assert [line.partition(" · ")[2] for line in versions] == [
        "12 messages · 17 tokens · edited by you · in use",
        "12 messages · 17 tokens",
        "6 messages · 17 tokens",
    ]
    assert page.all("li")[2].one("p").text == "First words"
    assert [a.attrs["href"] for a in page.all("a", href=f"/c/{talk.id}/settings/")]


def test_a_page_without_a_summary_says_how_one_is_made(
    talk: Conversation, hers: Client
) -> None:
    page = summary_page(hers, talk)

    assert "Nothing is summarised yet." in page.text
    assert page.all("form") == []


def test_switched_off_the_page_says_so(talk: Conversation, hers: Client) -> None:
    summarise(talk)
    Conversation.objects.update(summarises=False)

    page = summary_page(hers, talk)

    assert "switched off" in page.one(class_="note").text
    assert page.all("button", form="verbs") == []


@pytest.mark.parametrize("messages", [24, 90])
def test_its_queries_do_not_grow_with_the_messages(
    messages: int, alice: User, hers: Client, django_assert_num_queries
) -> None:
    talk = create_conversation(alice, messages=messages)
    summarise(talk, 6)
    summarise(talk, 12)
    there = f"/c/{talk.id}/summary/"
    hers.get(there)

    # session, person; conversation, newest and its place, versions and their places
    with django_assert_num_queries(8):
        hers.get(there, headers={"X-Fragment": "main"})


def test_an_edit_is_another_version(talk: Conversation, hers: Client) -> None:
    summarise(talk)

    response = save(hers, talk, "In my words")

    assert (response.status_code, response["Location"]) == (
        302,
        f"/c/{talk.id}/summary/",
    )
    newest = Summary.objects.latest("version")
    assert (newest.text, newest.edited, newest.version) == ("In my words", True, 2)
    assert "edited by you · in use" in summary_page(hers, talk).text
    assert dividers(hers, talk)[0].one("details").one("div").text == "In my words"


def test_an_edit_that_cannot_be_kept_keeps_the_words(
    talk: Conversation, hers: Client
) -> None:
    summarise(talk)
    summarise(talk, 14, "Newer words")

    response = save(hers, talk, "In <b>my</b> words")
    page = read(response)

    assert response.status_code == 422
    assert "renewed while you wrote" in page.one(role="alert").text
    assert page.one("main").one("textarea").text.strip() == "In <b>my</b> words"
    assert page.one("input", name="version").attrs["value"] == "2"
    assert save(hers, talk, " ").status_code == 422
    assert Summary.objects.count() == 2


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "3"])
def test_an_edit_of_no_version_is_not_found(
    version: str, talk: Conversation, hers: Client
) -> None:
    summarise(talk)

    assert save(hers, talk, "In my words", version).status_code in (404, 422)
    assert Summary.objects.count() == 1


def test_nobody_else_reads_or_changes_it(talk: Conversation, bob: User) -> None:
    summarise(talk)
    his = client_of(bob)

    assert his.get(f"/c/{talk.id}/summary/").status_code == 404
    assert save(his, talk, "Mine").status_code == 404
    assert his.post(f"/c/{talk.id}/resummarise/").status_code == 404
    assert Summary.objects.count() == 1


# --- redo, where no model is running
def test_redo_says_why_not(talk: Conversation, hers: Client) -> None:
    there, quietly = f"/c/{talk.id}/resummarise/", {"X-Fragment": "none"}

    response = hers.post(there, headers=quietly)
    assert (response.status_code, response.content.decode()) == (
        409,
        "There is nothing to summarise yet.",
    )
    summarise(talk)
    response = hers.post(there, headers=quietly)
    assert response.content.decode().startswith("The model cannot be asked right now")
    Conversation.objects.update(summarises=False)
    response = hers.post(there, {"next": f"/c/{talk.id}/"}, follow=True)
    assert "keeps no summary" in read(response).one(id="toasts").text
    assert hers.get(there).status_code == 405
