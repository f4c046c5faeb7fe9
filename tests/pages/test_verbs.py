"""What is done to a conversation: with forms alone, and asked for by a module."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chatsite.lib.fields import MARKER
from conversations.models import Acknowledgement, Conversation, Message, Turn, TurnChunk
from conversations.views import notify
from tests.factories import create_conversation, create_reply
from tests.pages.markup import assert_harmless, read

BY_MODULE = {"X-Fragment": "none"}


@pytest.fixture
def told(monkeypatch) -> list[tuple[UUID, UUID]]:
    """What the sockets were told."""
    heard: list[tuple[UUID, UUID]] = []
    monkeypatch.setattr(
        notify,
        "conversation_changed",
        lambda *ids, **_: heard.append(ids),
        raising=True,
    )
    return heard


def now_of(talk: Conversation) -> Conversation:
    return Conversation.objects.get(id=talk.id)


def post(client: Client, talk: Conversation, verb: str, **data: Any):
    return client.post(f"/c/{talk.id}/{verb}/", data)


# --- one by one
@pytest.mark.parametrize(
    ("verb", "field", "before", "sentence"),
    [
        ("pin", "pinned_at", False, "Pinned."),
        ("unpin", "pinned_at", True, "No longer pinned."),
        ("archive", "archived_at", False, "Archived."),
        ("unarchive", "archived_at", True, "Back from the archive."),
        ("delete", "deleted_at", False, "Conversation moved to the trash."),
        ("restore", "deleted_at", True, "Conversation restored."),
    ],
)
def test_a_verb_does_one_thing(
    verb: str,
    field: str,
    before: bool,
    sentence: str,
    talk: Conversation,
    alice: User,
    hers: Client,
    told: list,
) -> None:
    start = Conversation.objects.filter(id=talk.id)
    start.update(**{field: timezone.now() if before else None})
    updated = now_of(talk).updated

    response = post(hers, talk, verb, next="/c/")

    assert (response.status_code, response["Location"]) == (302, "/c/")
    assert (getattr(now_of(talk), field) is None) is before
    assert now_of(talk).updated == updated
    assert told == [(alice.pk, talk.id)]
    toasts = read(hers.get("/c/")).one(id="toasts")
    assert toasts.one("p").text == sentence

    assert post(hers, talk, verb).status_code == 302  # again: harmless
    assert (getattr(now_of(talk), field) is None) is before


@pytest.mark.parametrize(
    "verb", ["pin", "unpin", "archive", "unarchive", "delete", "restore"]
)
def test_a_module_gets_no_page_and_no_message(
    verb: str, talk: Conversation, alice: User, hers: Client, told: list
) -> None:
    response = hers.post(f"/c/{talk.id}/{verb}/", headers=BY_MODULE)

    assert (response.status_code, response.content) == (204, b"")
    assert told == [(alice.pk, talk.id)]
    assert read(hers.get("/")).one(id="toasts").all("p") == []


def test_deleting_twice_keeps_the_first_time(talk: Conversation, hers: Client) -> None:
    post(hers, talk, "delete")
    first = now_of(talk).deleted_at

    post(hers, talk, "delete")

    assert now_of(talk).deleted_at == first


def test_archiving_unpins_and_pinning_takes_out_of_the_archive(
    talk: Conversation, hers: Client
) -> None:
    post(hers, talk, "pin")
    post(hers, talk, "archive")
    assert now_of(talk).pinned_at is None

    post(hers, talk, "pin")
    assert now_of(talk).archived_at is None


@pytest.mark.parametrize("verb", ["pin", "unpin", "archive", "unarchive"])
def test_what_is_in_the_trash_stays_as_it_was(
    verb: str, talk: Conversation, hers: Client, told: list
) -> None:
    post(hers, talk, "delete")
    before = Conversation.objects.filter(id=talk.id).values().get()
    told.clear()

    by_module = hers.post(f"/c/{talk.id}/{verb}/", headers=BY_MODULE)
    by_form = post(hers, talk, verb)

    assert by_module.status_code == 409
    assert by_module.content.decode().startswith("This conversation is in the trash.")
    assert by_form.status_code == 302
    assert Conversation.objects.filter(id=talk.id).values().get() == before
    assert told == []


# --- delete and undo, without scripts
def test_deleting_leads_home_and_can_be_undone_there(
    talk: Conversation, hers: Client
) -> None:
    home = hers.post(f"/c/{talk.id}/delete/", {"next": f"/c/{talk.id}/"}, follow=True)
    assert home.redirect_chain == [("/", 302)]
    page = read(home)
    assert_harmless(page)
    assert page.all("li", id=f"row-{talk.id}") == []
    undo = page.one(id="toasts").one("button", form="verbs")
    assert undo.text == "Undo"

    hers.post(undo.attrs["formaction"], {"next": "/"})

    assert page.one("form", id="verbs").one("input", name="next").attrs["value"] == "/"
    assert read(hers.get("/")).one("li", id=f"row-{talk.id}")


def test_messages_never_name_a_conversation(talk: Conversation, hers: Client) -> None:
    post(hers, talk, "rename", title="Very secret")
    post(hers, talk, "delete")

    kept = "".join(str(cookie) for cookie in hers.cookies.values())
    assert "secret" not in kept and "Rye" not in kept


# --- for good
def test_erasing_asks_first(talk: Conversation, hers: Client) -> None:
    post(hers, talk, "delete")

    page = read(hers.get(f"/c/{talk.id}/erase/"))

    assert page.one("h2", class_=False).text == "Delete “Rye bread” for good?"
    form = page.one("form", action=f"/c/{talk.id}/erase/")
    assert form.attrs["method"] == "post"
    assert Conversation.objects.filter(id=talk.id).exists()


def test_erasing_takes_everything_of_it_and_nothing_else(
    alice: User, hers: Client, told: list
) -> None:
    goes, stays = (create_conversation(alice, messages=4) for _ in range(2))
    for talk in (goes, stays):
        turn = create_reply(talk, "", status="running", chunks=["a", "b"])
        Acknowledgement.objects.create(
            owner_id=alice.pk, request_id=turn.id, conversation=talk
        )
    post(hers, goes, "delete")

    response = post(hers, goes, "erase", next="/c/?show=trash")

    assert response["Location"] == "/c/?show=trash"
    assert told[-1] == (alice.pk, goes.id)
    assert [*Conversation.objects.all()] == [stays]
    for model in (Message, Turn, Acknowledgement):
        assert {row.conversation_id for row in model.objects.all()} == {stays.id}
    assert {c.turn.conversation_id for c in TurnChunk.objects.all()} == {stays.id}
    assert hers.get(f"/c/{goes.id}/").status_code == 404


def test_only_what_is_in_the_trash_is_erased(
    talk: Conversation, hers: Client, told: list
) -> None:
    by_module = hers.post(f"/c/{talk.id}/erase/", headers=BY_MODULE)
    by_form = post(hers, talk, "erase")

    assert by_module.status_code == 409
    assert by_form.status_code == 302
    assert talk.messages.count() == 2
    assert told == []
    assert "is not in the trash" in hers.get(f"/c/{talk.id}/erase/").content.decode()


# --- titles
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Sourdough", "Sourdough"),
        ("  two \t words\n\r\n", "two words"),
        ("x" * 200, "x" * 200),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("\u202egpj.exe", "gpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("👨‍👩‍👧 family", "👨‍👩‍👧 family"),
        ("سلام می‌خواهم", "سلام می‌خواهم"),
        ("<b>&amp;", "<b>&amp;"),
        ("\u3000wide\u00a0space\u2028line", "wide space line"),
    ],
)
def test_a_title_is_one_line_of_what_can_be_seen(
    given: str, kept: str, talk: Conversation, alice: User, hers: Client, told: list
) -> None:
    updated = now_of(talk).updated

    response = post(hers, talk, "rename", title=given, next=f"/c/{talk.id}/")

    assert response["Location"] == f"/c/{talk.id}/"
    renamed = now_of(talk)
    assert (renamed.title, renamed.title_source) == (kept, "person")
    assert renamed.updated == updated
    assert told == [(alice.pk, talk.id)]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "at least one visible character"),
        (" \t\n", "at least one visible character"),
        ("\x00\u200b\u202e", "at least one visible character"),
        ("\u0301", "at least one visible character"),
        ("x" * 201, "at most 200 characters; this is 201."),
        ("x" * 100_000, "at most 200 characters"),
    ],
)
def test_a_bad_title_is_refused_with_a_sentence(
    given: str, sentence: str, talk: Conversation, hers: Client, told: list
) -> None:
    by_module = hers.post(f"/c/{talk.id}/rename/", {"title": given}, headers=BY_MODULE)
    by_form = post(hers, talk, "rename", title=given)

    assert by_module.status_code == by_form.status_code == 422
    assert by_module["Content-Type"].startswith("text/plain")
    assert sentence in by_module.content.decode()
    field = read(by_form).one("input", name="title")
    assert sentence in read(by_form).one("p", id=field.attrs["aria-describedby"]).text
    assert now_of(talk).title == "Rye bread"
    assert told == []


def test_a_rename_without_a_title_is_refused(talk: Conversation, hers: Client) -> None:
    assert post(hers, talk, "rename").status_code == 422


def test_the_form_begins_with_the_present_title(
    talk: Conversation, hers: Client
) -> None:
    page = read(hers.get(f"/c/{talk.id}/rename/"))

    assert page.one("input", name="title").attrs["value"] == "Rye bread"


def test_a_title_that_cannot_be_opened_is_not_overwritten(
    talk: Conversation, hers: Client
) -> None:
    Conversation.objects.update(title=b"\x01damaged")

    response = post(hers, talk, "rename", title="New")

    assert response.status_code == 422
    assert "cannot be decrypted" in response.content.decode()
    assert now_of(talk).title == MARKER


# --- where one goes back to
@pytest.mark.parametrize(
    ("asked", "to"),
    [
        ("/c/?show=trash", "/c/?show=trash"),
        ("http://testserver/c/", "http://testserver/c/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("\thttps://evil.example", "/"),
        ("", "/"),
    ],
)
def test_back_is_a_place_on_this_site(
    asked: str, to: str, talk: Conversation, hers: Client
) -> None:
    assert post(hers, talk, "pin", next=asked)["Location"] == to


@pytest.mark.parametrize("verb", ["delete", "erase"])
def test_back_is_not_a_page_that_is_gone(
    verb: str, talk: Conversation, hers: Client
) -> None:
    if verb == "erase":
        post(hers, talk, "delete")

    response = post(hers, talk, verb, next=f"/c/{talk.id}/?before=x")

    assert response["Location"] == "/"
