"""Alice has one of everything; the others would like to have it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts import core_memory, facts, holds
from accounts.audit.recording import pseudonym
from accounts.data_requests import ask
from accounts.models import Device, User
from conversations.extraction import process, sniffing
from conversations.models import BreakGlass, Conversation
from conversations.services import presets
from tests.attaching import read_all, send, upload
from tests.base import client_of, make_person
from tests.factories import create_conversation
from tests.security.canary import Canary
from tests.security.routes import Route, unknown
from tests.sockets.conftest import runner, tab

__all__ = ["runner", "tab"]  # fixtures of theirs
ROLES = ("support", "auditor", "privacy", "administrator")


@pytest.fixture(autouse=True)
def _looked_into_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a process for each file takes long; tests/extraction starts it."""
    monkeypatch.setattr(process, "inspect", sniffing.look)


@pytest.fixture
def cast(alice: User, bob: User) -> dict[str, User | None]:
    """By the name of their column in the table."""
    people: dict[str, User | None] = {"anonymous": None, "alice": alice, "bob": bob}
    for role in ROLES:
        person = make_person(role.title())
        person.role, person.is_staff = role, True
        person.save()
        people[role] = person
    return people


@pytest.fixture
def belongings(alice: User, cast: dict[str, User | None]) -> dict[str, Any]:
    """Ids of what is hers, by the names that addresses give them. The privacy officer
    has opened her conversation, and put her on hold.
    """
    client_of(alice)
    officer = cast["privacy"]
    assert officer
    talk = create_conversation(alice, title="Hers", messages=4)
    file = upload(alice)
    send(alice, file)
    read_all()
    return unknown() | {
        "person_id": alice.id,
        "device_id": Device.objects.get(person=alice).id,
        "hold_id": holds.place(alice, "T-17", by=officer).id,
        "reading_id": BreakGlass.objects.create(
            reader=officer,
            reader_pseudonym=pseudonym(officer.pk),
            conversation=talk,
            owner=alice,
            reason="abuse",
            reference="T-17",
            until=timezone.now() + timedelta(minutes=30),
        ).id,
        "name": "pii_policy",
        "data_class": "normal",
        "conversation_id": talk.id,
        "message_id": talk.head_id,
        "preset_id": presets.add(alice.id, name="Rye", text="Rye bread.").id,
        "fact_id": facts.remember(alice.id, "bread", "Rye bread").fact.id,
        "version_id": core_memory.write(alice.id, "person", "Rye").version.id,
        "file_id": file.id,
        "request_id": ask("export", alice, by=alice, origin="person").id,
    }


@pytest.fixture
def ids_of(belongings: dict[str, Any], alice: User) -> Callable[[Route], Any]:
    """Hers, for this address: what the administration calls an object is a row of the
    model that its pages are about.
    """

    def ids(route: Route) -> dict[str, Any]:
        parts = route.pattern.split("/")
        of_row = parts[1] == "admin" and "object_id" in route.arguments
        if not of_row or "content_type_id" in route.arguments:
            return belongings
        model = apps.get_model(parts[2], parts[3])
        if model is User:
            row: Any = alice
        elif model is Conversation:
            row = Conversation.objects.get(id=belongings["conversation_id"])
        else:
            row = model._default_manager.first()
        return belongings | ({"object_id": row.pk} if row else {})

    return ids


@pytest.fixture
def canary() -> Iterator[Canary]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        canary = Canary(server)
        thread = threading.Thread(target=canary.listen)
        thread.start()
        try:
            yield canary
        finally:
            canary.end()
            thread.join()
