"""Models, budgets and spending as an administrator keeps them."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from conversations.models import Charge, LanguageModel, Preferences, Spending
from conversations.services import catalogue
from tests.base import client_of, make_person
from tests.factories import create_conversation
from tests.pages.markup import Element, read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
KINDS = ("languagemodel", "preferences", "spending", "charge")
NEW_MODEL = {
    "name": "mine",
    "label": "",
    "offered": "on",
    "window": "32000",
    "reply_limit": "",
    "encoding": "o200k_base",
    "input_price": "0.2",
    "cached_price": "",
    "output_price": "0.8",
}


def pages_of(kind: str) -> str:
    return reverse(f"admin:conversations_{kind}_changelist")


def page_of(kind: str, row: Any) -> str:
    return reverse(f"admin:conversations_{kind}_change", args=[row.pk])


def add(kind: str) -> str:
    return reverse(f"admin:conversations_{kind}_add")


def errors(page: HttpResponse) -> dict[str, list[str]]:
    return dict(page.context["adminform"].form.errors)


def words(page: HttpResponse) -> str:
    """What the rows say, their cells apart."""
    rows = read(page).one("table", id="result_list").all("tr")
    cells = [cell for row in rows for cell in row.children if isinstance(cell, Element)]
    return " ".join(" ".join(cell.text for cell in cells).split())


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    catalogue.forget()


@pytest.fixture
def ada(admin_person: User) -> Client:
    return client_of(admin_person)


def spent(person: User, month: date, usd: str = "1.5", **fields: Any) -> Spending:
    return Spending.objects.create(
        owner=person, month=month, spent_usd=Decimal(usd), **fields
    )


def charged(person: User, **fields: Any) -> Charge:
    talk = create_conversation(person)
    given = {"kind": "title", "model": "demo", "cost_usd": Decimal("0.00012")}
    return Charge.objects.create(
        owner_id=person.id, conversation=talk, **(given | fields)
    )


# --- models
def test_a_model_is_added_and_counts_at_once(ada: Client) -> None:
    catalogue.card("mine")

    assert ada.post(add("languagemodel"), NEW_MODEL).status_code == 302

    card = catalogue.card("mine")
    assert (card.window, card.reply_limit) == (32_000, None)
    assert card.price.output == Decimal("0.8")
    assert card.price.cached == card.price.input == Decimal("0.2")


def test_a_price_can_be_changed_and_a_model_taken_away(ada: Client) -> None:
    row = LanguageModel.objects.create(name="mine")
    given = NEW_MODEL | {"cached_price": "0", "input_price": "0.000001"}

    ada.post(page_of("languagemodel", row), given)

    row.refresh_from_db()
    assert (row.cached_price, row.input_price) == (0, Decimal("0.000001"))
    ada.post(page_of("languagemodel", row).replace("change", "delete"), {"post": "yes"})
    assert not LanguageModel.objects.filter(name="mine").exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("input_price", "-1", "Ensure this value is greater than or equal to 0."),
        ("cached_price", "-1", "Ensure this value is greater than or equal to 0."),
        ("cached_price", "0.3", "Cached input never costs more than other."),
        ("output_price", "NaN", "Enter a number."),
        ("window", "999", "Ensure this value is greater than or equal to 1000."),
        ("reply_limit", "0", "Ensure this value is greater than or equal to 1."),
        ("reply_limit", "32001", "A reply is never longer than the window."),
        ("name", "gpt-5", "This model is in the table already."),
        ("encoding", "x", "Select a valid choice. x is not one of the available"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused(
    ada: Client, field: str, value: str, sentence: str
) -> None:
    LanguageModel.objects.get_or_create(name="gpt-5")
    page = ada.post(add("languagemodel"), NEW_MODEL | {field: value})

    assert page.status_code == 200
    found = errors(page)
    assert list(found) == [field]
    assert found[field][0].startswith(sentence)


def test_the_list_tells_windows_and_prices(ada: Client) -> None:
    LanguageModel.objects.all().delete()
    LanguageModel.objects.create(
        name="mine",
        window=32_000,
        input_price=Decimal("0.1234"),
        cached_price=Decimal("0.05"),
        output_price=Decimal("1200"),
    )

    said = words(ada.get(pages_of("languagemodel")))

    assert "mine - 32,000 $0.1234 $0.05 $1,200.00" in said


# --- budgets
def test_a_budget_is_given_to_somebody_by_their_address(
    ada: Client, alice: User
) -> None:
    given = {"email": "Alice@Example.org", "monthly_budget_usd": "7.50"}

    assert ada.post(add("preferences"), given).status_code == 302

    row = Preferences.objects.get()
    assert (row.owner, row.monthly_budget_usd) == (alice, Decimal("7.50"))
    assert row.system_prompt == ""


@pytest.mark.parametrize("how", ["add", "change"])
def test_nothing_but_the_budget_is_written(ada: Client, alice: User, how: str) -> None:
    row = Preferences.objects.create(
        owner=alice, system_prompt="Be secretive.", model="demo-fast", uses_facts=False
    )
    there = add("preferences") if how == "add" else page_of("preferences", row)
    given = {"email": alice.email, "monthly_budget_usd": "3", "system_prompt": "x"}

    assert ada.post(there, given).status_code == 302

    row = Preferences.objects.get()
    assert row.monthly_budget_usd == 3
    assert (row.system_prompt, row.model, row.uses_facts) == (
        "Be secretive.",
        "demo-fast",
        False,
    )


def test_an_emptied_budget_is_the_sites_again(ada: Client, alice: User) -> None:
    row = Preferences.objects.create(owner=alice, monthly_budget_usd=3)

    ada.post(page_of("preferences", row), {"monthly_budget_usd": ""})

    assert Preferences.objects.get().monthly_budget_usd is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "nobody@example.org", "monthly_budget_usd": "1"}, "email"),
        ({"email": "alice@example.org", "monthly_budget_usd": "-1"}, None),
        ({"email": "alice@example.org", "monthly_budget_usd": "0.001"}, None),
    ],
)
def test_a_budget_that_cannot_be_is_refused(
    ada: Client, alice: User, given: dict[str, str], field: str | None
) -> None:
    page = ada.post(add("preferences"), given)

    assert list(errors(page)) == [field or "monthly_budget_usd"]
    assert Preferences.objects.count() == 0


def test_what_a_person_prefers_is_not_shown(ada: Client, alice: User) -> None:
    row = Preferences.objects.create(owner=alice, system_prompt="Be secretive.")

    for there in (pages_of("preferences"), page_of("preferences", row)):
        page = ada.get(there).content.decode()
        assert "secretive" not in page
        assert "system_prompt" not in page


def test_the_list_tells_whose_budget_it_is(ada: Client, alice: User, bob: User) -> None:
    Preferences.objects.create(owner=alice, monthly_budget_usd=Decimal("7.5"))
    Preferences.objects.create(owner=bob)

    said = words(ada.get(pages_of("preferences")))

    assert "Alice alice@example.org $7.50" in said
    assert "Bob bob@example.org the site's, no limit" in said


# --- spending
def test_spending_is_told_by_person_and_month(ada: Client, alice: User) -> None:
    fields = {"input_tokens": 12_345, "output_tokens": 67, "turns": 8}
    spent(alice, date(2026, 11, 1), background_usd=Decimal("0.0042"), **fields)

    said = words(ada.get(pages_of("spending")))

    assert "alice@example.org November 2026 $1.50 $0.0042 12,345 67 0 8" in said


def test_one_month_can_be_looked_at(ada: Client, alice: User) -> None:
    spent(alice, date(2026, 10, 1), "10")
    spent(alice, date(2026, 11, 1), "11")

    for month, shown in (("2026-10", "$10.00"), ("2026-11", "$11.00")):
        said = words(ada.get(pages_of("spending"), {"month": month}))
        assert [usd for usd in ("$10.00", "$11.00") if usd in said] == [shown]
    nonsense = words(ada.get(pages_of("spending"), {"month": "2026-99"}))
    assert "$10.00" in nonsense and "$11.00" in nonsense


def test_chosen_rows_are_downloaded_exactly(ada: Client, alice: User) -> None:
    row = spent(alice, date(2026, 11, 1), "0.00000003", turns=1)
    spent(alice, date(2026, 10, 1))

    given = {"action": "download", "_selected_action": [row.pk]}
    page = ada.post(pages_of("spending"), given)

    assert page["Content-Type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(StringIO(page.content.decode()))) == [
        [
            "month",
            "email",
            "spent_usd",
            "background_usd",
            "input_tokens",
            "output_tokens",
            "cached_tokens",
            "turns",
        ],
        ["2026-11-01", alice.email, "0.00000003", "0.00000000", "0", "0", "0", "1"],
    ]


@pytest.mark.parametrize("begin", "=+-@\t\r")
def test_a_download_holds_no_formulas(ada: Client, alice: User, begin: str) -> None:
    row = spent(alice, date(2026, 11, 1))
    User.objects.filter(id=alice.id).update(email=f"{begin}cmd|' /C calc'!A0@x.org")

    given = {"action": "download", "_selected_action": [row.pk]}
    page = ada.post(pages_of("spending"), given)

    rows = list(csv.reader(StringIO(page.content.decode(), newline="")))
    assert rows[1][1].startswith(f"'{begin}cmd")


# --- background calls
def test_background_calls_are_found_by_person(
    ada: Client, alice: User, bob: User
) -> None:
    charged(alice, model="for-alice")
    row = charged(bob, model="for-bob", kind="summary")

    everybodys = words(ada.get(pages_of("charge")))
    his = words(ada.get(pages_of("charge"), {"q": "bob@"}))

    assert "for-alice" in everybodys and "for-bob" in everybodys
    assert "for-alice" not in his
    assert "bob@example.org Summary for-bob 0 $0.00012" in his
    assert "bob@example.org" in read(ada.get(page_of("charge", row))).text


# --- all of them
@pytest.fixture
def rows(alice: User) -> dict[str, Any]:
    return {
        "languagemodel": LanguageModel.objects.create(name="one"),
        "preferences": Preferences.objects.create(owner=alice),
        "spending": spent(alice, date(2026, 11, 1)),
        "charge": charged(alice),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_else_gets_in(
    kind: str, rows: dict[str, Any], hers: Client, client: Client
) -> None:
    for browser in (hers, client):
        assert browser.get(pages_of(kind)).status_code == 302
        assert browser.get(page_of(kind, rows[kind])).status_code == 302
    assert hers.post(add("languagemodel"), NEW_MODEL).status_code == 302
    assert not LanguageModel.objects.filter(name="mine").exists()


@pytest.mark.parametrize("kind", ["spending", "charge"])
def test_what_was_spent_cannot_be_changed(
    kind: str, rows: dict[str, Any], ada: Client
) -> None:
    there = page_of(kind, rows[kind])

    assert ada.post(there, {"spent_usd": "0"}).status_code == 403
    assert ada.post(there.replace("change", "delete"), {"post": "y"}).status_code == 403
    assert ada.get(add(kind)).status_code == 403
    assert Spending.objects.get().spent_usd == Decimal("1.5")


def test_a_persons_preferences_cannot_be_deleted(
    rows: dict[str, Any], ada: Client
) -> None:
    there = page_of("preferences", rows["preferences"]).replace("change", "delete")

    assert ada.post(there, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("kind", KINDS)
def test_the_pages_hold_nothing_the_content_policy_stops(
    kind: str, rows: dict[str, Any], ada: Client
) -> None:
    addresses = [pages_of(kind), page_of(kind, rows[kind])]
    if kind in ("languagemodel", "preferences"):
        addresses.append(add(kind))

    for there in addresses:
        page = ada.get(there)
        assert page.status_code == 200
        assert "unsafe" not in page["Content-Security-Policy"]
        for each in read(page).walk():
            assert each.name not in ("style", "iframe", "object", "embed")
            assert each.name != "script" or (
                each.attrs["src"] and not each.text.strip()
            )
            assert not any(a == "style" or a.startswith("on") for a in each.attrs)


@pytest.mark.parametrize("kind", KINDS)
def test_their_queries_do_not_grow(
    kind: str,
    rows: dict[str, Any],
    ada: Client,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    ada.get(pages_of(kind))
    with django_assert_max_num_queries(8) as few:
        ada.get(pages_of(kind))
    for number in range(4):
        person = make_person(f"Person{number}")
        LanguageModel.objects.create(name=f"model-{number}")
        Preferences.objects.create(owner=person)
        spent(person, date(2026, number + 1, 1))
        charged(person)
    with django_assert_num_queries(len(few)):
        ada.get(pages_of(kind))
