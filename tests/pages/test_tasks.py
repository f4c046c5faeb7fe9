"""What takes a while is listed, with how far it is."""

from __future__ import annotations

from django.test import Client

from accounts import data_requests
from accounts.models import DataRequest, User
from conversations.models import Conversation, File, Turn
from conversations.services import messages
from tests.attaching import upload
from tests.base import client_of
from tests.pages.markup import assert_harmless, read

PAGE = "/tasks/"


def told(client: Client) -> list[tuple[str, str, str]]:
    """Of each: what it is, its state, where it leads; the memory has its own test."""
    page = read(client.get(PAGE))
    assert_harmless(page)
    return [
        (row.all("td")[0].text, row.attrs["data-status"], row.one("a").attrs["href"])
        for row in page.all("tr", data_status=True)
        if row.one("a").text != "Memory"
    ]


def test_nothing_is_under_way(hers: Client) -> None:
    response = hers.get(PAGE)

    assert response.status_code == 200
    assert read(response).all("table") == []
    assert "data-look-again" not in response.content.decode()


def test_a_reply_that_is_written_leads_to_its_conversation(
    talk: Conversation, alice: User, hers: Client
) -> None:
    posted = messages.post(
        by=alice.id, request_id=talk.id, conversation_id=talk.id, text="Go on"
    )
    there = f"/c/{talk.id}/"

    assert told(hers) == [("Reply: Rye bread", "queued", there)]
    assert "data-look-again" in hers.get(PAGE).content.decode()
    Turn.objects.filter(id=posted.turn).update(status="running")
    assert told(hers) == [("Reply: Rye bread", "running", there)]
    Turn.objects.filter(id=posted.turn).update(status="complete")
    assert told(hers) == []


def test_a_file_that_is_read_tells_how_far_it_is(alice: User, hers: Client) -> None:
    file = upload(alice, name="<b>plan</b>.txt")
    File.objects.filter(id=file.id).update(status="reading", done=40)

    name = f"Reading a file: {file.name}"
    assert told(hers) == [(name, "running", f"/files/{file.id}/")]
    bar = read(hers.get(PAGE)).one("progress")
    assert (bar.attrs["value"], bar.attrs["max"]) == ("40", "100")


def test_what_is_not_indexed_yet_is_told(talk: Conversation, hers: Client) -> None:
    page = read(hers.get(PAGE))

    (row,) = page.all("tr", data_status="running")
    assert row.all("td")[0].text == "Memory: Indexing what was said before"
    assert row.one("progress").attrs["max"] == "3"


def test_what_was_asked_for_stays_in_the_list_below_what_runs(
    talk: Conversation, alice: User, hers: Client
) -> None:
    asked = data_requests.ask(
        DataRequest.Kind.EXPORT, alice, by=alice, origin=DataRequest.Origin.PERSON
    )
    there = f"/settings/privacy/exports/{asked.id}/"
    assert told(hers) == [("Your data", "queued", there)]

    DataRequest.objects.filter(id=asked.id).update(status="done")
    messages.post(by=alice.id, request_id=talk.id, conversation_id=talk.id, text="Hm")

    assert told(hers) == [
        ("Reply: Rye bread", "queued", f"/c/{talk.id}/"),
        ("Your data", "done", there),
    ]


def test_others_see_none_of_it(talk: Conversation, alice: User, bob: User) -> None:
    messages.post(by=alice.id, request_id=talk.id, conversation_id=talk.id, text="Hm")
    upload(alice)
    data_requests.ask(
        DataRequest.Kind.EXPORT, alice, by=alice, origin=DataRequest.Origin.PERSON
    )

    assert told(client_of(bob)) == []
