"""What a person's models cost, month by month."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from conversations.core.model_api import Usage
from conversations.models import LanguageModel, Preferences
from conversations.services import spending
from tests.factories import create_conversation

pytestmark = pytest.mark.django_db
MILLION = 1_000_000


def spend(person: User, month: int, year: int = 2026) -> None:
    talk = create_conversation(person)
    LanguageModel.objects.get_or_create(
        name="dear", defaults={"input_price": Decimal(2)}
    )
    spending.charge(
        "title",
        owner_id=person.id,
        conversation_id=talk.id,
        turn_id=None,
        model="dear",
        usage=Usage(input=MILLION),
        now=datetime(year, month, 5, tzinfo=UTC),
    )


def test_nothing_spent_says_so(hers: Client) -> None:
    page = hers.get("/settings/usage/").content.decode()
    assert "Nothing yet." in page
    assert "$0.00 spent." in page


def test_months_are_listed_the_latest_first(hers: Client, alice: User) -> None:
    for month in range(1, 13):
        spend(alice, month, 2024)
    spend(alice, 3, 2025)
    page = hers.get("/settings/usage/").content.decode()
    assert page.index("March 2025") < page.index("December 2024")
    assert "$2.00" in page and "1,000,000" in page
    assert "January 2024" not in page
    earlier = hers.get("/settings/usage/?before=2024-02-01").content.decode()
    assert "January 2024" in earlier and "March 2025" not in earlier


def test_the_budget_is_shown_where_there_is_one(hers: Client, alice: User) -> None:
    Preferences.objects.create(owner=alice, monthly_budget_usd=Decimal("4.50"))
    page = hers.get("/settings/usage/").content.decode()
    assert "of $4.50; it renews on 1 " in page
    assert 'max="4.50"' in page


def test_nobody_sees_what_others_spend(hers: Client, bob: User) -> None:
    spend(bob, 5)
    assert "May 2026" not in hers.get("/settings/usage/").content.decode()


@pytest.mark.parametrize("before", ["x", "2026-13-45", ""])
def test_a_day_that_is_none_is_a_bad_request(hers: Client, before: str) -> None:
    assert hers.get(f"/settings/usage/?before={before}").status_code == 400
