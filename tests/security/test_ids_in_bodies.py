"""Ids of somebody else's in what a form or a query carries, at every address: more than
half of what was found in products like this one was an owner nobody asked for there.

CVE-2026-45349, 45398, 45402, 54010, 28788, 54015 (ids in bodies), CVE-2024-7041 (update
by id), CVE-2025-69220 (read and write by id).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import core_memory, facts
from accounts.models import Device, User
from conversations.models import Conversation, Message
from conversations.services import presets
from tests.attaching import TEXT, read_all, send, upload
from tests.factories import create_conversation, create_message
from tests.security.asking import browser, field_names, read, rows_about, undone
from tests.security.routes import routes, unknown

pytestmark = pytest.mark.django_db
FIELDS = field_names()
OURS = [route for route in routes() if not route.pattern.startswith("/admin/")]
SECRET = "Quokkas"
# what a field of this name is about
NAMED = {
    "message": "message_id",
    "parent": "message_id",
    "conversation": "conversation_id",
    "here": "conversation_id",
    "preset": "preset_id",
    "fact": "fact_id",
    "version": "version_id",
    "file": "file_id",
    "attachments": "file_id",
    "device": "device_id",
    "request": "request_id",
}


def things_of(person: User) -> dict[str, Any]:
    """One of each, by the names that addresses give their ids."""
    talk = create_conversation(person, title=f"{SECRET} {person.name}", messages=2)
    create_message(talk, f"{SECRET} of {person.name}")
    file = upload(person, TEXT + SECRET.encode(), f"{SECRET}.txt")
    send(person, file)
    read_all()
    browser(person)
    words = f"{SECRET} of {person.name}"
    return unknown() | {
        "conversation_id": talk.id,
        "message_id": talk.head_id,
        "preset_id": presets.add(person.id, name=f"{talk.id}", text=words).id,
        "fact_id": facts.remember(person.id, "animal", words).fact.id,
        "version_id": core_memory.write(person.id, "person", words).version.id,
        "file_id": file.id,
        "device_id": Device.objects.filter(person=person).latest("created").id,
        "person_id": person.id,
    }


def ids_of(things: Mapping[str, Any]) -> list[UUID]:
    return [value for value in things.values() if isinstance(value, UUID)]


def asked(things: Mapping[str, Any], other: UUID) -> dict[str, str]:
    """Every field, with the id that its name is about; else ``other``."""
    return {
        name: str(things[NAMED[name]]) if name in NAMED else str(other)
        for name in FIELDS
    } | {"next": "/"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_id_of_somebody_elses_is_an_id_of_nothing(
    method: str, alice: User, bob: User
) -> None:
    """Bob asks, about what is his; what he carries is hers, or nobody's."""
    hers, his = things_of(alice), things_of(bob)
    foreign = asked(hers, alice.id)
    none = asked(unknown() | {"device_id": uuid.uuid4()}, uuid.uuid4())
    client = browser(bob)
    before = rows_about(ids_of(hers))
    wrong = []
    for route in OURS:
        address, told = route.place(his), []
        for given in (foreign, none):
            with undone(client):
                data = given if method == "POST" else {}
                query = {} if method == "POST" else {"QUERY_STRING": urlencode(given)}
                response = getattr(client, method.lower())(address, data, **query)
                told.append(response.status_code)
                leaks = b"of Alice" in read(response)
                changed = method == "POST" and rows_about(ids_of(hers)) != before
            if leaks or changed:
                wrong.append((route.pattern, leaks, changed))
        if told[0] != told[1] or told[0] >= 500:
            wrong.append((route.pattern, *told))
    assert wrong == []


def test_there_is_something_that_could_be_changed(alice: User) -> None:
    """What is looked at above covers all that belongs to her."""
    hers = things_of(alice)
    rows = "\n".join(rows_about(ids_of(hers)))

    for name in ("Fact", "Preset", "File", "FilePart", "Passage", "Message", "Device"):
        assert f".{name} " in rows, name
    with undone():
        Message.objects.filter(id=hers["message_id"]).update(role="assistant")
        assert "\n".join(rows_about(ids_of(hers))) != rows


CHILDREN = [
    ("message_id", "conversation_id", "/m/<uuid:message_id>/"),
    ("number", "file_id", "/p/<int:number>/"),
]


@pytest.mark.parametrize(("child", "parent", "mark"), CHILDREN)
def test_a_child_of_another_parent_is_not_there(
    child: str, parent: str, mark: str, alice: User
) -> None:
    """CVE-2026-54015: the id of the parent was looked at, that of the child was not.

    Both are her own; they only do not belong together.
    """
    one, two = things_of(alice), things_of(alice) | {"number": 999}
    mixed = one | {child: two[child]}
    client = browser(alice)
    tried = [route for route in OURS if mark in route.pattern]
    before = rows_about([alice.id])

    for route in tried:
        for method in ("get", "post"):
            with undone(client):
                status = getattr(client, method)(route.place(mixed)).status_code
            assert status in (404, 405), (route.pattern, method, status)
    assert tried and rows_about([alice.id]) == before


def test_a_branch_of_another_conversation_is_not_shown(alice: User) -> None:
    one, two = things_of(alice), things_of(alice)
    client = browser(alice)
    there = f"/c/{one['conversation_id']}/branch/"
    before = Conversation.objects.get(id=one["conversation_id"]).head_id

    assert client.post(there, {"message": str(two["message_id"])}).status_code == 404
    assert Conversation.objects.get(id=one["conversation_id"]).head_id == before


@pytest.mark.parametrize("whose", ["foreign", "unknown"])
def test_an_upload_for_somebody_elses_conversation_is_refused(
    whose: str, alice: User, bob: User, uploaded: Callable[..., Any]
) -> None:
    hers = create_conversation(alice, title=SECRET)
    name = hers.id if whose == "foreign" else uuid.uuid4()
    files = apps.get_model("conversations", "File").objects

    response = uploaded(browser(bob), conversation=str(name))

    assert (response.status_code, files.count()) == (404, 0)
    assert response.json()["code"] == "not_found"


@pytest.fixture
def uploaded() -> Callable[..., Any]:
    def ask(client: Any, **fields: str) -> Any:
        file = SimpleUploadedFile("a.txt", b"Hello")
        return client.post("/files/", {"file": file, **fields})

    return ask


def test_an_address_alone_opens_nothing(alice: User) -> None:
    """What cannot be guessed is no permission: the same addresses, signed out."""
    hers = things_of(alice)
    client = browser(alice)
    there = [
        route.place(hers | {"number": 1, "form": "txt"})
        for route in OURS
        if {"file_id", "conversation_id"} & set(route.arguments)
    ]
    seen = [address for address in there if SECRET in _body(client, address)]
    client.post("/accounts/logout/")

    assert len(seen) >= 8
    assert [address for address in there if SECRET in _body(client, address)] == []
    statuses = {client.get(address).status_code for address in seen}
    assert statuses == {302}


def _body(client: Any, address: str) -> str:
    return read(client.get(address)).decode(errors="replace")
