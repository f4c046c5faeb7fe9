"""Files on messages, what replies cite, and files that have changed since."""

from __future__ import annotations

import uuid

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chatsite.lib.fields import SealedTextField
from conversations.core.markdown import RENDERER_VERSION, render
from conversations.models import Conversation, File, Message, Turn
from conversations.services import file_versions, files
from tests.contracts.file_rows import make_file, make_image
from tests.factories import create_conversation, create_message, create_reply
from tests.pages.markup import Element, assert_harmless, read

pytestmark = pytest.mark.django_db


def send(talk: Conversation, text: str, *ids: uuid.UUID) -> Message:
    said = create_message(talk, text)
    files.attach(said, talk, talk.owner_id, ids)
    return said


def reply(talk: Conversation, text: str, *blocks: dict, **more: object) -> Turn:
    """A reply that was sent these blocks."""
    turn = create_reply(
        talk,
        text,
        message={"html": render(text), "html_version": RENDERER_VERSION},
    )
    record = {"strategy": "window", "window": 9_000, "reply_reserve": 9, "tools": 0}
    record["blocks"] = [{"tokens": 1, **one} for one in blocks]
    receipt = orjson.dumps(record | more)
    Turn.objects.filter(id=turn.id).update(
        **SealedTextField.sealed(turn, receipt=receipt.decode())
    )
    return turn


def passages(file_id: uuid.UUID, *numbers: int, page: int | None = None) -> dict:
    file = File.objects.get(id=file_id)
    return {
        "kind": "files",
        "files": [
            {"id": str(file.id), "name": file.name, "version": file.version,
             "passages": 9}
        ],
        "passages": [
            {"id": str(uuid.uuid4()), "file": str(file.id), "number": number,
             "page": page, "score": 0}
            for number in numbers
        ],
        "marks": list(range(1, len(numbers) + 1)),
    }  # fmt: skip


@pytest.fixture
def talk(alice: User) -> Conversation:
    return create_conversation(alice)


def shown(hers: Client, talk: Conversation) -> Element:
    page = read(hers.get(f"/c/{talk.id}/"))
    assert_harmless(page)
    return page.one(id="thread")


# --- on messages
def test_files_stand_at_their_message(hers: Client, alice: User, talk: Conversation):
    report = make_file(alice, "a <b>.txt", "Once.")
    photo = make_image(alice)
    send(talk, "Look", report, photo)
    page = shown(hers, talk)
    [listed] = page.all("ul", class_="files")
    links = [link.attrs["href"] for link in listed.all("a")]
    assert links == [f"/files/{report}/", f"/files/{photo}/"]
    assert listed.one("b").text == "a <b>.txt"
    picture = listed.one("img").attrs
    assert picture["src"] == f"/files/{photo}/image"
    assert (picture["alt"], picture["width"], picture["height"]) == (
        "photo.png",
        "640",
        "480",
    )


def test_a_message_in_other_words_shows_the_files_it_keeps(
    hers: Client, alice: User, talk: Conversation
):
    said = send(talk, "Look", make_file(alice, "a.txt", "Once."))
    again = Message.objects.create(
        conversation=talk, owner_id=alice.id, parent=None, depth=1, role="user",
        body="Look here",
    )  # fmt: skip
    Conversation.objects.filter(id=talk.id).update(head=again)
    page = shown(hers, talk)
    assert page.one("ul", class_="files").one("b").text == "a.txt"
    assert said.id < again.id


def test_one_message_has_them_too(hers: Client, alice: User, talk: Conversation):
    said = send(talk, "Look", make_file(alice, "a.txt", "Once."))
    page = read(hers.get(f"/c/{talk.id}/m/{said.id}/"))
    assert page.one("ul", class_="files").one("b").text == "a.txt"


# --- what is cited
def test_a_number_leads_to_its_passage_and_the_source_is_named(
    hers: Client, alice: User, talk: Conversation
):
    file = make_file(alice, "report.pdf", "One.", "Two.")
    send(talk, "Well?", file)
    reply(talk, "It is green [2], `x[1]`, [7].", passages(file, 1, 2, page=3))
    page = shown(hers, talk)
    [link] = page.one("div", class_="prose").all("a")
    assert link.attrs["href"] == f"/files/{file}/p/2/"
    assert link.attrs["title"] == "Source 2: report.pdf, page 3"
    [source] = page.one("p", class_="sources").all("a")
    assert source.text == "[2] report.pdf, page 3"
    assert source.attrs["href"] == f"/files/{file}/p/2/"


def test_a_recalled_turn_leads_to_where_it_was_said(
    hers: Client, alice: User, talk: Conversation
):
    before = create_conversation(alice, title="Boats", messages=2)
    said = before.messages.get(depth=1)
    create_message(talk, "What is my boat called?")
    recalled = {"kind": "recalled", "messages": [str(said.id)], "marks": [1]}
    reply(talk, "Grebe [1].", recalled)
    page = shown(hers, talk)
    [source] = page.one("p", class_="sources").all("a")
    assert source.attrs["href"] == f"/c/{before.id}/?at={said.id}#m-{said.id}"
    today = timezone.localtime(said.created)
    assert source.text == f"[1] Boats, {today.day} {today:%B %Y}"


def test_what_is_somebody_elses_is_no_source(
    hers: Client, bob: User, talk: Conversation
):
    theirs = create_conversation(bob, title="Secret", messages=1)
    said = theirs.messages.get()
    create_message(talk, "Well?")
    recalled = {"kind": "recalled", "messages": [str(said.id)], "marks": [1]}
    reply(talk, "So [1].", recalled)
    page = shown(hers, talk)
    assert page.one("div", class_="prose").all("a") == []
    assert "Secret" not in page.text


def test_a_reply_that_is_written_has_no_links_yet(
    hers: Client, alice: User, talk: Conversation
):
    file = make_file(alice, "report.pdf", "One.")
    send(talk, "Well?", file)
    turn = reply(talk, "It is [1]", passages(file, 1))
    Turn.objects.filter(id=turn.id).update(status="running")
    assert shown(hers, talk).one("div", class_="prose").all("a") == []


def test_a_model_that_could_not_see_an_image_is_named(
    hers: Client, alice: User, talk: Conversation
):
    send(talk, "What is it?", make_image(alice, "a <b>.png"))
    reply(talk, "I do not know.", unseen=["a <b>.png"])
    note = shown(hers, talk).one("article", class_="reply").one("div", class_="note")
    assert note.one("p").text == (
        "demo cannot see images: it was only told that there is a <b>.png."
    )


# --- versions
def test_a_newer_version_is_told_under_replies_that_used_the_older(
    hers: Client, alice: User, talk: Conversation
):
    old = make_file(alice, "report.pdf", "It is green.")
    send(talk, "Well?", old)
    reply(talk, "Green [1].", passages(old, 1))
    other = make_file(alice, "other.pdf", "Nothing.")
    send(talk, "And this?", other)
    reply(talk, "Nothing [1].", passages(other, 1))
    new = make_file(alice, "report.pdf", "It is red.")
    send(talk, "Now?", new)
    reply(talk, "Red [1].", passages(new, 1))
    day = timezone.localtime(File.objects.get(id=new).created)
    assert file_versions.newer_than(File.objects.get(id=old)).id == new
    replies = shown(hers, talk).all("article", class_="reply")
    notes = [[n.one("p").text for n in r.all("div", class_="calm")] for r in replies]
    assert notes == [
        [
            "Used version 1 of report.pdf; a newer one was uploaded on "
            f"{day.day} {day:%B}."
        ],
        [],
        [],
    ]
    [again] = replies[0].one("div", class_="calm").all("button")
    assert "data-regenerate" in again.attrs


# --- cost
def queries(hers: Client, talk: Conversation) -> int:
    hers.get(f"/c/{talk.id}/")
    with CaptureQueriesContext(connection) as made:
        hers.get(f"/c/{talk.id}/")
    return len(made)


def test_its_queries_do_not_grow_with_files(
    hers: Client, alice: User, talk: Conversation
):
    def grow() -> None:
        file = make_file(alice, f"{uuid.uuid4()}.txt", "One.")
        send(talk, "Well?", file, make_image(alice, f"{uuid.uuid4()}.png"))
        before = create_conversation(alice, messages=1)
        said = before.messages.get()
        recalled = {"kind": "recalled", "messages": [str(said.id)], "marks": [9]}
        reply(talk, "So [1] [9].", passages(file, 1), recalled)

    plain = create_conversation(alice, messages=20)
    for _ in range(4):
        grow()
    # files, their versions, receipts, and where was said what was recalled
    for _ in range(2):
        assert queries(hers, talk) == queries(hers, plain) + 4
        grow()
