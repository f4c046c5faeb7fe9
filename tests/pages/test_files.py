"""A file's own pages: what is in it, what became of it, and nothing a browser runs."""

from __future__ import annotations

import json
import uuid
from urllib.parse import quote

import pytest
from django.test import Client

from accounts import keyring
from accounts.models import DataKey, User
from conversations.extraction import process, sniffing
from conversations.models import File, FilePart
from tests import documents
from tests.attaching import TEXT, read_all, send, upload
from tests.base import client_of
from tests.pages.markup import Element, assert_harmless, read

ROUTES = ("", "content", "image", "p/1/", "status", "remove/")
INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@pytest.fixture(autouse=True)
def _looked_into_here(monkeypatch) -> None:
    monkeypatch.setattr(process, "inspect", sniffing.look)


@pytest.fixture
def file(alice: User) -> File:
    """Read and sent."""
    made = upload(alice)
    read_all()
    send(alice, made)
    made.refresh_from_db()
    return made


def open_page(client: Client, there: str) -> Element:
    response = client.get(there)
    assert response.status_code == 200
    page = read(response)
    assert_harmless(page)
    return page


def body(response) -> bytes:
    return b"".join(response.streaming_content)


# --- who gets in
@pytest.mark.parametrize("who", ["bob", "charlie", "admin_person"])
@pytest.mark.parametrize("route", ROUTES)
def test_somebody_elses_file_is_not_there(
    route: str, who: str, alice: User, request
) -> None:
    picture, text = upload(alice, documents.image(), "a.png"), upload(alice)
    read_all()
    client = client_of(request.getfixturevalue(who))
    for known in (picture, text):
        for there in (known.id, uuid.uuid4()):
            ask = client.post if route == "remove/" else client.get
            assert ask(f"/files/{there}/{route}").status_code == 404
    assert File.objects.count() == 2


@pytest.mark.parametrize("route", ROUTES[:-1])
def test_a_stranger_signs_in_first(route: str, file: File, client: Client) -> None:
    there = f"/files/{file.id}/{route}"

    assert client.get(there)["Location"] == f"/accounts/login/?next={there}"


def test_a_form_of_another_site_removes_nothing(alice: User) -> None:
    there = f"/files/{upload(alice).id}/remove/"
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert client.post(there).status_code == 403
    assert File.objects.exists()


# --- the page
def test_the_page_tells_what_it_is_and_where_it_was_sent(
    file: File, hers: Client
) -> None:
    page = open_page(hers, f"/files/{file.id}/")

    assert page.one("main").one("h1").text == "odda.txt"
    words = " ".join(page.one("main").text.split())
    assert "Text · 72" in words and "tokens" in words
    message = f"/c/{file.conversation_id}/#m-{file.message_id}"
    assert page.one("main").all("a", href=message)
    assert page.one("p", class_="quoted").text == TEXT.decode().strip()
    assert not page.all("progress") and not page.all("meta", http_equiv="refresh")


def test_the_page_of_a_file_that_is_read_looks_again(alice: User, hers: Client) -> None:
    made = upload(alice)
    File.objects.update(status="reading", done=40)
    page = open_page(hers, f"/files/{made.id}/")

    assert (
        page.one("noscript").one("meta", http_equiv="refresh").attrs["content"] == "3"
    )
    assert page.one("progress").attrs["value"] == "40"
    there = page.one(data_reading=f"/files/{made.id}/status")
    assert "Nothing has been read yet." in there.parent.text
    assert "not sent yet" in page.one("main").text


def test_the_page_tells_what_went_wrong(alice: User, hers: Client) -> None:
    made = upload(alice, documents.locked_pdf("x"), "a.pdf")
    read_all()
    page = open_page(hers, f"/files/{made.id}/")

    assert "protected with a password" in page.one(role="alert").text


def test_passages_are_paged(alice: User, hers: Client) -> None:
    made = upload(alice, documents.pdf(*[f"Page {n} here" for n in range(1, 46)]))
    read_all()
    there, seen = f"/files/{made.id}/", []
    for _ in range(3):
        page = open_page(hers, there)
        seen += [each.text for each in page.all("p", class_="quoted")]
        more = page.one("main").all("a", rel="next")
        there = f"/files/{made.id}/{more[0].attrs['href']}" if more else ""

    assert seen == [f"Page {n} here" for n in range(1, 46)] and there == ""


@pytest.mark.parametrize("after", ["x", "-1", "1" * 10, "", "1.5", "²"])
def test_a_page_of_passages_that_means_nothing(
    after: str, file: File, hers: Client
) -> None:
    assert hers.get(f"/files/{file.id}/", {"after": after}).status_code == 400


def test_the_page_costs_the_same_however_long_the_file_is(
    alice: User, hers: Client, django_assert_max_num_queries
) -> None:
    made = upload(alice, documents.pdf(*["Page"] * 60))
    read_all()
    send(alice, made)
    with django_assert_max_num_queries(14):
        hers.get(f"/files/{made.id}/")


def test_versions_lead_to_each_other(alice: User, file: File, hers: Client) -> None:
    newer = upload(alice, b"Odda again.", "odda.txt", file.conversation_id)
    send(alice, newer, conversation_id=file.conversation_id)
    read_all()
    old, new = (open_page(hers, f"/files/{each.id}/") for each in (file, newer))

    assert "newer version" in old.one("main").text
    assert "newer version" not in new.one("main").text
    for page in (old, new):
        assert page.one(id="versions")
    assert old.one("main").all("a", href=f"/files/{newer.id}/")
    assert new.one("main").all("a", href=f"/files/{file.id}/")
    cited = open_page(hers, f"/files/{file.id}/p/1/")
    assert "newer version" in cited.one("main").text


def test_what_is_in_a_file_is_text(alice: User, hers: Client) -> None:
    nasty = "</p><script>alert(1)</script> {{ user.email }} <img src=x onerror=a>"
    made = upload(alice, nasty.encode(), '"><script>alert(1)</script>.txt')
    read_all()
    for there in ("", "p/1/"):
        page = open_page(hers, f"/files/{made.id}/{there}")
        assert page.all("p", class_="quoted")[0].text == nasty


# --- what a citation opens
def test_a_passage_stands_between_its_neighbours(alice: User, hers: Client) -> None:
    made = upload(alice, documents.pdf("First", "Second", "Third"), "a.pdf")
    read_all()
    page = open_page(hers, f"/files/{made.id}/p/2/")

    assert [each.text for each in page.all("p", class_="quoted")] == [
        "First",
        "Second",
        "Third",
    ]
    assert page.one("mark").text == "Second"
    assert page.one(id="passage").text == "Passage 2, page 2"
    near = page.one("nav", aria_label="Passages")
    assert near.one("a", rel="prev").attrs["href"] == f"/files/{made.id}/p/1/"
    assert near.one("a", rel="next").attrs["href"] == f"/files/{made.id}/p/3/"


@pytest.mark.parametrize("number", [0, 2, 2**31, 2**63, 10**30])
def test_a_passage_that_there_is_not(number: int, file: File, hers: Client) -> None:
    assert hers.get(f"/files/{file.id}/p/{number}/").status_code == 404


# --- content
@pytest.mark.parametrize(
    ("data", "name", "type_"),
    [
        (b"<script>alert(1)</script>", "a.html", "text/plain"),
        (b"<svg onload='alert(1)'/>", "a.svg", "text/plain"),
        (documents.pdf("x"), "a.pdf", "application/pdf"),
        (documents.word("x"), "a.docx", sniffing.DOCX),
        (documents.image(), "a.png", "image/png"),
    ],
)
def test_content_is_saved_never_shown(
    data: bytes, name: str, type_: str, alice: User, hers: Client
) -> None:
    made = upload(alice, data, name)
    response = hers.get(f"/files/{made.id}/content")

    assert {key: response[key] for key in INERT} == INERT
    assert response["Content-Type"] == type_
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    got = body(response)
    assert response["Content-Length"] == str(len(got)) == str(made.size)
    assert got == data or made.kind == "image"


@pytest.mark.parametrize(
    "name",
    ["Smörgås 日本.txt", 'a"b.txt', "a;b.txt", "a\r\nX-Evil: 1.txt", "%0d%0a.txt"],
)
def test_any_name_is_a_safe_header(name: str, alice: User, hers: Client) -> None:
    made = upload(alice, b"x", name)
    told = hers.get(f"/files/{made.id}/content")["Content-Disposition"]

    assert told.startswith("attachment; filename") and "\n" not in told
    assert made.name in told or quote(made.name) in told
    assert "X-Evil" not in hers.get(f"/files/{made.id}/content").headers


def test_a_long_file_comes_whole(alice: User, hers: Client) -> None:
    data = b"".join(b"%07d\n" % number for number in range(100_000))
    made = upload(alice, data)

    assert body(hers.get(f"/files/{made.id}/content")) == data


def test_a_picture_is_shown_as_what_it_is(alice: User, hers: Client) -> None:
    made = upload(alice, documents.photograph(), "me.jpg")
    response = hers.get(f"/files/{made.id}/image")

    assert {key: response[key] for key in INERT} == INERT
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == 'inline; filename="me.jpg"'
    assert body(response).startswith(b"\xff\xd8\xff")
    page = open_page(hers, f"/files/{made.id}/")
    assert page.one("img").attrs["src"] == f"/files/{made.id}/image"


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.txt"])
def test_only_pictures_are_shown(name: str, alice: User, hers: Client) -> None:
    made = upload(alice, b"<svg xmlns='http://www.w3.org/2000/svg'/>", name)

    assert hers.get(f"/files/{made.id}/image").status_code == 404


@pytest.mark.parametrize("what", ["key", "part"])
def test_what_cannot_be_opened_says_so(
    what: str, alice: User, file: File, hers: Client
) -> None:
    if what == "key":
        DataKey.objects.all().delete()
        keyring.forget(alice.pk)
    else:
        FilePart.objects.all().delete()
    response = hers.get(f"/files/{file.id}/content")

    assert response.status_code == 410
    assert response.content == b"This file cannot be decrypted."


# --- the rest
def test_how_far_it_is(alice: User, hers: Client) -> None:
    made = upload(alice)
    there = f"/files/{made.id}/status"
    assert hers.get(there).json() == {"status": "waiting", "done": 0, "problem": ""}
    read_all()

    assert hers.get(there).json() == {"status": "ready", "done": 100, "problem": ""}


def test_it_is_removed_before_it_is_sent(alice: User, file: File, hers: Client) -> None:
    unsent, other = upload(alice), upload(alice)
    quietly = hers.post(f"/files/{unsent.id}/remove/", headers={"X-Fragment": "none"})
    page = hers.post(
        f"/files/{other.id}/remove/", {"next": f"/files/{other.id}/"}, follow=True
    )

    assert (quietly.status_code, page.status_code) == (204, 200)
    assert page.redirect_chain == [("/", 302)]
    assert hers.post(f"/files/{file.id}/remove/").status_code == 404
    assert list(File.objects.values_list("id", flat=True)) == [file.id]


@pytest.mark.parametrize("form", ["json", "md", "txt"])
def test_an_export_lists_what_was_attached(form: str, file: File, hers: Client) -> None:
    response = hers.get(f"/c/{file.conversation_id}/export.{form}")
    whole = body(response).decode()
    if form == "json":
        told = [m.get("attachments") for m in json.loads(whole)["messages"]]
        assert told == [[{"id": str(file.id), "name": "odda.txt", "size": 72}], None]
    else:
        assert "Attached: odda.txt (72 bytes)" in whole
