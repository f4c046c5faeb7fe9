"""A form of another site does nothing here, whatever it is posted to.

The addresses are those of the resolver, so none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.base import make_person
from tests.security.asking import browser
from tests.security.routes import Route, routes
from tests.sockets.test_foreign_ids import everything

pytestmark = pytest.mark.django_db
METHODS = ("POST", "PUT", "PATCH", "DELETE")
BODY = {"next": "/", "pinned": "yes", "title": "Forged", "uses_facts": "no"}
# no page is there for anybody, or only for who is not signed in
NOT_THERE = {404, 405}


@pytest.fixture(params=["alice", "administrator"])
def person(request: Any, alice: User) -> User:
    if request.param == "alice":
        return alice
    ada = make_person("Ada", admin=True)
    ada.refresh_from_db()
    return ada


def test_a_form_of_another_site_changes_nothing(
    person: User, ids_of: Callable[[Route], Any]
) -> None:
    client = browser(person, careful=True)
    before, let_in = everything(), {}
    for route in routes():
        address = route.place(ids_of(route))
        # stock pages of the administration know no other method
        for method in METHODS[: 1 if route.pattern.startswith("/admin/") else 4]:
            given = BODY if method == "POST" else "{}"
            status = getattr(client, method.lower())(address, given).status_code
            if status not in (403, *NOT_THERE):
                let_in[f"{method} {route.pattern}"] = status
    assert let_in == {}
    assert everything() == before


def test_the_same_form_of_our_own_is_taken(alice: User) -> None:
    """The token alone is what was missing."""
    client = browser(alice, careful=True)
    client.get("/settings/")
    token = client.cookies["csrftoken"].value

    assert client.post("/settings/theme/", {"theme": "dark"}).status_code == 403
    given = {"theme": "dark", "csrfmiddlewaretoken": token}
    assert client.post("/settings/theme/", given).status_code == 204


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://testserver.evil.example",
        "http://testserver:81",
        "http://localhost",
        "",
    ],
)
def test_a_token_does_not_help_who_comes_from_elsewhere(
    alice: User, origin: str
) -> None:
    client = browser(alice, careful=True)
    client.get("/settings/")
    given = {"theme": "dark", "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    headers = {"Origin": origin}

    assert client.post("/settings/theme/", given, headers=headers).status_code == 403


def test_our_own_origin_is_taken(alice: User) -> None:
    client = browser(alice, careful=True)
    client.get("/settings/")
    given = {"theme": "dark", "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    headers = {"Origin": "http://testserver"}

    assert client.post("/settings/theme/", given, headers=headers).status_code == 204
