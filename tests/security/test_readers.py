"""To be shown something is no leave to change it: CVE-2026-44564, 44571, 45671 (a right
to read let writes through), CVE-2026-44553 (what a role gave outlived the role).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import User
from conversations.models import Conversation
from tests.base import make_person
from tests.factories import create_conversation, create_message
from tests.pages.glass import MARKER, opened, read_page
from tests.pages.second_factor import reader_client
from tests.security.asking import FORM, field_names, rows_about, undone
from tests.security.routes import Route, routes

GIVEN = urlencode(dict.fromkeys(field_names(), "By Paula")).encode()


@pytest.fixture
def paula(db: None) -> User:
    """Who looks after people's data, and may open a conversation."""
    person = make_person("Paula")
    person.role = User.Role.PRIVACY
    person.save()
    return person


@pytest.fixture
def secret(alice: User) -> Conversation:
    talk = create_conversation(alice, title="A secret title", messages=2)
    create_message(talk, MARKER)
    return talk


@pytest.mark.django_db
def test_who_reads_a_conversation_changes_nothing_in_it(
    paula: User, secret: Conversation, ids_of: Callable[[Route], Any]
) -> None:
    """Every address, with the ids of what lies open before her."""
    client = reader_client(paula)
    reading = opened(client, secret)
    assert MARKER in client.get(read_page(reading)).content.decode()
    hers = [secret.id, secret.head_id]
    before, changed, seen = rows_about(hers), [], []
    shown = {"conversation_id": secret.id, "message_id": secret.head_id}
    for route in routes():
        if route.pattern.startswith("/admin/"):
            continue
        there = route.place(ids_of(route) | shown)
        with undone(client):
            client.generic("POST", there, GIVEN, content_type=FORM)
            if rows_about(hers) != before:
                changed.append(route.pattern)
        with undone(client):
            response = client.get(there)
            if not response.streaming and MARKER in response.content.decode():
                seen.append(route.pattern)
    assert (changed, seen) == ([], [])


FRAMES: dict[str, dict[str, Any]] = {
    "send": {"text": "By Paula", "conversation": "talk", "parent": "head"},
    "edit": {"text": "By Paula", "rerun": True, "message": "question"},
    "regenerate": {"message": "reply"},
    "drop": {"message": "question"},
    "watch": {"conversation": "talk"},
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("type_", FRAMES)
async def test_neither_does_she_by_a_socket(
    type_: str, tab: Any, alice: User, paula: User
) -> None:
    def lying_open() -> tuple[dict[str, str], list[uuid.UUID]]:
        talk = create_conversation(alice, title="A secret title", messages=2)
        question = talk.messages.earliest("id")
        opened(reader_client(paula), talk)
        ids = {"talk": talk.id, "head": talk.head_id, "reply": talk.head_id}
        names = {name: str(value) for name, value in ids.items()}
        return names | {"question": str(question.id)}, [talk.id, talk.head_id]

    ids, hers = await asyncio.to_thread(lying_open)
    before = await asyncio.to_thread(rows_about, hers)
    frame = {name: ids.get(value, value) for name, value in FRAMES[type_].items()}
    if type_ != "watch":
        frame["id"] = str(uuid.uuid4())
    async with tab(paula) as socket:
        await socket.send(type_, **frame)
        assert (await socket.until("error"))["code"] == "not_found"
    assert await asyncio.to_thread(rows_about, hers) == before


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["support", "auditor", ""])
def test_without_the_role_the_next_page_is_shut(
    role: str, paula: User, secret: Conversation
) -> None:
    client = reader_client(paula)
    reading = opened(client, secret)
    paula.role = role
    paula.save()

    response = client.get(read_page(reading))

    assert response.status_code in (302, 403)
    assert MARKER not in response.content.decode()
