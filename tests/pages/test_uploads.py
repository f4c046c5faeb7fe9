"""Taking in files: early refusals, plain words, nothing left lying about."""

from __future__ import annotations

import json
import tempfile
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from accounts import keyring
from accounts.models import DataKey, User
from conversations.extraction import process, sniffing
from conversations.models import Conversation, File
from conversations.services import files
from tests import documents
from tests.attaching import send
from tests.base import client_of

REFUSED = {
    "a program": ("a.txt", b"MZ\x90\0" + b"\0" * 64, 415, "unsupported"),
    "an archive": ("a.zip", documents.archive({"a": "b"}), 415, "unsupported"),
    "a bomb": ("a.docx", documents.word_bomb(b" " * 30_000_000), 415, "unsupported"),
    "a pixel bomb": (
        "a.png",
        documents.png_that_claims(50_000, 50_000),
        415,
        "unsupported",
    ),
    "wrong magic": ("a.png", b"just text", 415, "unsupported"),
    "two at once": (
        "a.pdf",
        documents.pdf("a") + documents.archive({"a": "b"}),
        415,
        "unsupported",
    ),
    "nothing": ("a.txt", b"", 400, "bad_request"),
}


@pytest.fixture(autouse=True)
def _looked_into_here(monkeypatch) -> None:
    monkeypatch.setattr(process, "inspect", sniffing.look)


def post(client: Client, name: str, data: bytes, **fields: object):
    given = SimpleUploadedFile("x", data)
    given._name = name
    return client.post("/files/", {"file": given, **fields})


def raw(client: Client, body: bytes, content_type: str = MULTIPART_CONTENT):
    return client.generic("POST", "/files/", body, content_type)


def part(name: str, data: bytes, field: str = "file") -> bytes:
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
    return b"--%b\r\n%b\r\n\r\n%b\r\n" % (BOUNDARY.encode(), head.encode(), data)


END = f"--{BOUNDARY}--\r\n".encode()


def test_what_was_taken_is_told(alice: User, hers: Client) -> None:
    response = post(hers, "Odda.md", b"# Odda\n")

    file = File.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(file.id),
        "name": "Odda.md",
        "kind": "markdown",
        "size": 7,
        "status": "waiting",
        "version": 1,
        "replaces": None,
        "same_as": None,
    }
    assert response["Cache-Control"] == "private, no-store"
    assert (file.owner_id, b"".join(files.content(file))) == (alice.pk, b"# Odda\n")


def test_versions_and_the_same_content_are_told(alice: User, hers: Client) -> None:
    first = post(hers, "a.txt", b"one").json()["id"]
    talk = send(alice, File.objects.get()).conversation
    second = post(hers, "a.txt", b"two", conversation=str(talk)).json()
    same = post(hers, "b.txt", b"one", conversation=str(talk)).json()

    assert (second["version"], second["replaces"], second["same_as"]) == (
        2,
        first,
        None,
    )
    assert (same["version"], same["replaces"], same["same_as"]) == (1, None, first)


@pytest.mark.parametrize(
    ("name", "data", "status", "code"), REFUSED.values(), ids=REFUSED
)
def test_what_is_not_taken_is_said_in_words(
    name: str, data: bytes, status: int, code: str, hers: Client
) -> None:
    response = post(hers, name, data)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["message"].startswith(name)
    assert not File.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../x.txt", "..\\x.txt", "/etc/x.txt", "C:\\x.txt"]
)
def test_a_path_becomes_a_name(name: str, hers: Client) -> None:
    raw(hers, part(name, b"hello") + END)

    assert File.objects.get().name == "x.txt"


@pytest.mark.parametrize("name", ["..", ".", "", "/"])
def test_what_is_no_name_at_all_is_no_file(name: str, hers: Client) -> None:
    response = raw(hers, part(name, b"hello") + END)

    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


def test_a_file_of_more_than_the_limit_is_refused(hers: Client, settings) -> None:
    settings.MAX_FILE_MB = 1
    response = post(hers, "big.txt", b"x" * 1_000_001)

    assert response.status_code == 413
    assert response.json() == {
        "code": "too_large",
        "message": "big.txt is larger than 1 MB, the most that a file can have.",
    }


def test_all_files_of_a_person_have_a_limit(hers: Client, settings) -> None:
    settings.MAX_FILES_MB = 0
    response = post(hers, "a.txt", b"x")

    assert (response.status_code, response.json()["code"]) == (413, "no_room")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", MULTIPART_CONTENT),
        (END, MULTIPART_CONTENT),
        (part("a.txt", b"x", "other") + END, MULTIPART_CONTENT),
        (part("a.txt", b"x") + part("b.txt", b"y") + END, MULTIPART_CONTENT),
        (b"file=hello", "application/x-www-form-urlencoded"),
        (b'{"file": "hello"}', "application/json"),
        (b"hello", "text/plain"),
        (b"rubbish", "multipart/form-data"),
        (b"rubbish", "multipart/form-data; boundary=\x00"),
        (b"--x\r\n" * 50, "multipart/form-data; boundary=x"),
        (
            part("a.txt", b"x").replace(
                b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            )
            + END,
            MULTIPART_CONTENT,
        ),
    ],
)
def test_what_is_no_upload_is_refused(
    body: bytes, content_type: str, hers: Client
) -> None:
    response = raw(hers, body, content_type)

    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert not File.objects.exists()


def test_many_fields_are_no_upload(hers: Client) -> None:
    fields = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n'
        % (BOUNDARY.encode(), number)
        for number in range(1_100)
    )

    assert raw(hers, fields + END).status_code == 400


@pytest.mark.parametrize("conversation", [str(uuid.UUID(int=7)), "rubbish", "../x"])
def test_a_conversation_that_is_not_there_is_told(
    conversation: str, hers: Client
) -> None:
    response = post(hers, "a.txt", b"x", conversation=conversation)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_somebody_elses_conversation_is_not_there(
    talk: Conversation, bob: User
) -> None:
    response = post(client_of(bob), "a.txt", b"x", conversation=str(talk.id))

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert not File.objects.exists()


def test_a_stranger_is_told_to_sign_in(client: Client) -> None:
    response = post(client, "a.txt", b"x")

    assert (response.status_code, response.json()["code"]) == (401, "auth")


def test_a_form_of_another_site_uploads_nothing(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = post(client, "a.txt", b"x")

    assert (response.status_code, response.json()["code"]) == (403, "csrf")
    assert not File.objects.exists()


@pytest.mark.parametrize("way", ["header", "field"])
def test_our_own_page_uploads(way: str, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/")
    token = client.cookies["csrftoken"].value
    told = {"csrfmiddlewaretoken": token} if way == "field" else {}
    given = {"file": SimpleUploadedFile("a.txt", b"x"), **told}
    headers = {"X-CSRFToken": token} if way == "header" else {}

    assert client.post("/files/", given, headers=headers).status_code == 201


def test_looking_is_not_uploading(hers: Client) -> None:
    assert hers.get("/files/").status_code == 405


def test_without_a_key_nothing_is_taken(alice: User, hers: Client) -> None:
    DataKey.objects.all().delete()
    keyring.forget(alice.pk)
    response = post(hers, "a.txt", b"x")

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


def test_who_uploads_too_fast_waits(hers: Client, bob: User, settings) -> None:
    settings.RATE_LIMITS = True
    settings.RATE_UPLOADS = "3/minute"
    said = [post(hers, "a.txt", b"%d" % n) for n in range(8)]

    codes = [response.status_code for response in said]
    assert codes[:3] == [201] * 3 and 429 in codes
    late = said[codes.index(429)]
    assert late.json()["code"] == "rate_limited" and 0 < int(late["Retry-After"]) <= 60
    assert post(client_of(bob), "a.txt", b"x").status_code == 201


def test_nothing_is_written_to_the_disk_on_the_way(
    hers: Client, monkeypatch, settings
) -> None:
    settings.MAX_FILE_MB = 8

    def refuse(*args: object, **how: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "mkstemp", refuse)

    assert post(hers, "a.txt", b"word " * 1_500_000).status_code == 201


def test_django_keeps_in_memory_whatever_the_server_lets_in(settings) -> None:
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE >= settings.UPLOAD_MAX_BODY_SIZE
    assert settings.FILE_UPLOAD_HANDLERS == ["chatsite.lib.uploads.InMemory"]


def test_answers_are_json_whatever_the_name(hers: Client) -> None:
    response = raw(hers, part("<script>x.png", b"text") + END)

    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content)["message"].startswith("_script_x.png")
