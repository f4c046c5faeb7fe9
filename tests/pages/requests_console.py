"""Words for tests of exports and erasures in the administration."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from accounts import data_requests
from accounts.models import AuditEvent, DataRequest, User
from tests.pages.markup import Element, assert_harmless, read

QUEUE, NEW = reverse("admin:data_requests"), reverse("admin:find_person")


def asked(kind: str, person: User, by: User | None = None) -> DataRequest:
    return data_requests.ask(kind, person, by=by, origin="admin")


def at(name: str, it: DataRequest) -> str:
    return reverse(f"admin:{name}", args=[it.pk])


def shown(client: Client, there: str, status: int = 200) -> Element:
    response = client.get(there)
    assert response.status_code == status
    assert "no-store" in response["Cache-Control"]
    page = read(response)
    assert_harmless(page)
    return page


def work() -> None:
    worker = data_requests.Worker()
    while worker.advance():
        pass


def cells(page: Element) -> list[list[str]]:
    rows = page.one("tbody").all("tr")
    return [
        [
            " ".join(cell.text.split())
            for cell in row.children
            if not isinstance(cell, str)
        ]
        for row in rows
    ]


def did(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=f"accounts.{action}"))
