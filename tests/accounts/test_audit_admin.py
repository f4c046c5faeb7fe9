"""The audit log in the administration: read, filtered, searched, never changed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.audit import record
from accounts.models import AuditEvent, Pseudonym, User
from tests.base import client_of
from tests.pages.markup import read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LIST = "/admin/accounts/auditevent/"


@pytest.fixture
def ada(admin_person: User) -> Client:
    return client_of(admin_person)


def rows(client: Client, **query: Any) -> int:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return response.content.decode().count('class="field-time')


def page_of(event: AuditEvent) -> str:
    return f"{LIST}{event.seq}/change/"


def test_people_are_named_while_they_are_here(ada: Client, alice: User) -> None:
    event = record("accounts.signed_in", actor=alice)
    for there in (LIST, page_of(event)):
        assert "alice@example.org" in ada.get(there).content.decode()

    alice.delete()

    for there in (LIST, page_of(event)):
        page = ada.get(there).content.decode()
        assert "alice" not in page
        assert str(event.actor) in page


def test_what_happened_is_told_in_words(ada: Client, alice: User) -> None:
    record("accounts.signed_out", actor=alice, subject=alice)
    page = read(ada.get(LIST))

    assert page.one("h1").text == "Audit log"
    trail = " ".join(page.one("div", class_="breadcrumbs").text.split())
    assert trail == "Home › Audit log"
    cells = [cell.text for cell in page.one("tbody").all("tr")[0].all("td")]
    assert cells[1:4] == ["Signed out", "alice@example.org", "person"]
    (choice,) = page.all("a", href="?action=accounts.signed_out")
    assert choice.text == "Signed out"


def test_it_is_filtered_and_searched(ada: Client, alice: User, bob: User) -> None:
    some = str(uuid.uuid4())
    record("conversations.erased", actor=alice, subject=("x.y", some))
    record("accounts.signed_in", actor=bob)
    name = Pseudonym.objects.get(user=bob).id

    assert rows(ada, action="conversations.erased") == 1
    assert rows(ada, action="nonsense") == 0
    assert rows(ada, q=some) == 1
    assert rows(ada, q=str(name)) == 2  # that he was added, that he signed in
    assert rows(ada, q=f" {name.hex} ") == 2
    assert rows(ada, q="BOB@example.org") == 2
    assert rows(ada, q="nobody@example.org") == 0
    assert rows(ada, q="alice") == 0
    assert rows(ada, time__gte="2100-01-01 00:00:00+00:00") == 0


def test_nothing_can_be_changed_there(ada: Client) -> None:
    event = record("accounts.signed_in")
    before = list(AuditEvent.objects.values())

    assert ada.post(page_of(event), {"action": "x"}).status_code == 403
    assert ada.get(f"{LIST}add/").status_code == 403
    assert ada.post(f"{LIST}{event.seq}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in ada.get(LIST).content.decode()
    assert list(AuditEvent.objects.values()) == before


def test_nobody_else_gets_in(alice: User) -> None:
    assert client_of(alice).get(LIST).status_code == 302


@pytest.mark.parametrize("more", [0, 5])
def test_its_queries_do_not_grow(
    more: int, ada: Client, alice: User, django_assert_num_queries
) -> None:
    for _ in range(more):
        record("accounts.signed_in", actor=alice)

    with django_assert_num_queries(5):  # session, person, count, rows, who it is about
        ada.get(LIST)
