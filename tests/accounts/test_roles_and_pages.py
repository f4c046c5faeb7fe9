"""Each role at each address of the administration: exactly what the table says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.audit import record
from accounts.data_requests import ask
from accounts.models import User
from accounts.roles import ROLES
from conversations.models import (
    BreakGlass,
    Charge,
    LanguageModel,
    Preferences,
    SharedPreset,
    Spending,
)
from tests.accounts.admin_table import PAGES
from tests.base import client_of, make_person
from tests.factories import create_conversation
from tests.pages.second_factor import reader_client

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LETTERS = {"S": "support", "A": "auditor", "P": "privacy", "D": "administrator"}
# of the stock site: no model of ours is behind them
STOCK = {
    "app_list",
    "autocomplete",
    "jsi18n",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "view_on_site",
}


def names(
    patterns: list[Any] | None = None, below: str = ""
) -> Iterator[tuple[str, str]]:
    for each in patterns or get_resolver().url_patterns:
        route = below + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from names(each.url_patterns, route)
        elif isinstance(each, URLPattern) and route.startswith("admin/") and each.name:
            yield each.name, route


@pytest.fixture
def there(alice: User) -> dict[str, Any]:
    """One of everything, of Alice's."""
    talk = create_conversation(alice, messages=2)
    month = {"owner": alice, "month": "2026-01-01"}
    mine = {"owner_id": alice.pk}
    reading = BreakGlass.objects.create(
        reader_pseudonym=uuid.uuid4(),
        conversation=talk,
        owner=alice,
        reason="abuse",
        reference="1",
        until=talk.created,
    )
    return {
        "user": alice.pk,
        "conversation": talk.pk,
        "breakglass": reading.pk,
        "auditevent": record("accounts.signed_in", actor=alice).pk,
        "spending": Spending.objects.create(**month).pk,
        "charge": Charge.objects.create(
            conversation=talk, kind="title", model="demo", **mine
        ).pk,
        "preferences": Preferences.objects.create(owner=alice).pk,
        "languagemodel": LanguageModel.objects.create(name="a-model").pk,
        "data-requests": ask("export", alice, by=None, origin="person").pk,
        "sharedpreset": SharedPreset.objects.create(name="A", text="B").pk,
    }


def address(name: str, route: str, there: dict[str, Any]) -> str:
    model, *rest = route.removeprefix("admin/").split("/")
    ids = [there.get(model) or there.get(rest[0] if rest else ""), uuid.uuid4()]
    if not ids[0] and "<" in route:
        ids[0] = uuid.uuid4()
    return reverse(f"admin:{name}", args=ids[: route.count("<")])


def answers(client: Client, there: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {
        name: (
            client.get(address(name, route, there)).status_code,
            client.post(address(name, route, there)).status_code,
        )
        for name, route in names()
        if name not in STOCK
    }


def expected(letter: str) -> dict[str, tuple[int, int]]:
    def one(told: str) -> int:
        found = [each for each in told.split() if letter in each.partition(":")[2]]
        return int(found[0].partition(":")[0]) if found else 403

    return {name: (one(get), one(post)) for name, (get, post) in PAGES.items()}


def test_every_address_and_every_role_is_in_the_table() -> None:
    assert {name for name, _ in names()} - STOCK == set(PAGES)
    assert sorted(LETTERS.values()) == sorted(set(ROLES) - {""})


@pytest.mark.parametrize("letter", LETTERS)
def test_a_role_gets_exactly_this(letter: str, there: dict[str, Any]) -> None:
    person = make_person("Sam")
    person.role = LETTERS[letter]
    person.save(update_fields=["role"])

    assert answers(reader_client(person), there) == expected(letter)


def test_whoever_has_no_role_gets_nothing(there: dict[str, Any], bob: User) -> None:
    assert set(answers(client_of(bob), there).values()) == {(302, 302)}
    assert client_of(bob).get("/admin/", follow=True).status_code == 403


def test_nobody_gets_anything_who_is_not_signed_in(there: dict[str, Any]) -> None:
    assert set(answers(Client(), there).values()) == {(302, 302)}
