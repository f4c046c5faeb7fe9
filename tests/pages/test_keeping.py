"""What pages say of how long a conversation is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import holds, retention
from accounts.models import User
from conversations.models import ColdPart, Conversation
from conversations.services import cold
from tests.factories import create_conversation
from tests.pages.markup import Element, assert_harmless, read

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def fetch(client: Client, at: str) -> Element:
    response = client.get(at)
    assert response.status_code == 200
    page = read(response)
    assert_harmless(page)
    return page


def told(client: Client, show: str = "all") -> list[str]:
    """What the rows of the library say below the titles."""
    page = fetch(client, f"/c/?show={show}")
    return [each.text for each in page.all("small", class_="help")]


def keep(data_class: str, days: int | None, mode: str = "sliding") -> None:
    retention.change(data_class, days, mode, by=None)


def aged(owner: User, days: int, **fields) -> Conversation:
    at = NOW - timedelta(days=days)
    return create_conversation(owner, **{"created": at, "updated": at} | fields)


# --- the library
def test_without_a_limit_nothing_is_said(alice: User, hers: Client) -> None:
    aged(alice, 3)

    assert told(hers) == []


@pytest.mark.parametrize(
    ("mode", "expected"), [("sliding", "29 Nov"), ("fixed", "27 Nov")]
)
def test_a_row_says_until_when_it_is_kept(
    mode: str, expected: str, alice: User, hers: Client
) -> None:
    keep("normal", 10, mode)
    aged(alice, 3, updated=NOW - timedelta(days=1))

    assert told(hers) == [f"Kept until {expected}"]


def test_a_pin_keeps_it(alice: User, hers: Client) -> None:
    keep("normal", 10)
    aged(alice, 3, pinned_at=NOW)
    assert told(hers) == []

    keep("pinned", 20)
    assert told(hers) == ["Kept until 7 Dec"]


def test_temporary_ones_have_a_week(alice: User, hers: Client) -> None:
    aged(alice, 1, temporary=True)

    assert told(hers) == ["Kept until 26 Nov"]


def test_the_trash_says_when_it_is_for_good(alice: User, hers: Client) -> None:
    aged(alice, 40, deleted_at=NOW - timedelta(days=10))

    assert told(hers, "trash") == ["Deleted for good on 10 Dec"]


def test_of_who_is_held_nothing_is_promised(alice: User, hers: Client) -> None:
    aged(alice, 40, deleted_at=NOW)
    holds.place(alice, "case-7", by=None)

    assert told(hers, "trash") == []


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            30,
            "What you delete waits here for 30 days, or until you delete it for good.",
        ),
        (1, "What you delete waits here for 1 day, or until you delete it for good."),
        (None, "What you delete waits here until you delete it for good."),
    ],
)
def test_an_empty_trash_says_how_long(
    days: int | None, said: str, alice: User, hers: Client
) -> None:
    keep("trash", days, "fixed")

    assert said in fetch(hers, "/c/?show=trash").text


def test_many_rows_cost_as_much_as_one(alice: User, hers: Client) -> None:
    keep("normal", 10)
    counts = []
    for more in (1, 10):
        for _ in range(more):
            aged(alice, 1)
        with CaptureQueriesContext(connection) as queries:
            fetch(hers, "/c/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- the page of a conversation
def test_its_menu_says_until_when(alice: User, hers: Client) -> None:
    keep("normal", 10)
    talk = aged(alice, 3)

    page = fetch(hers, f"/c/{talk.id}/")

    menu = page.one("div", id="menu-here")
    assert menu.one("p", class_="help").text == "Kept until 27 Nov"
    assert page.all("div", class_="calm") == []


def test_shortly_before_it_goes_the_page_says_so(alice: User, hers: Client) -> None:
    keep("normal", 10)
    talk = aged(alice, 8)

    note = fetch(hers, f"/c/{talk.id}/").one("div", class_="calm")

    assert note.one("p").text == "This conversation is kept until 22 Nov."
    assert note.one("button").attrs["formaction"] == f"/c/{talk.id}/pin/"

    hers.post(f"/c/{talk.id}/pin/")
    assert fetch(hers, f"/c/{talk.id}/").all("div", class_="calm") == []


def test_in_the_trash_it_says_when_it_is_for_good(alice: User, hers: Client) -> None:
    talk = aged(alice, 40, deleted_at=NOW - timedelta(days=10))

    note = fetch(hers, f"/c/{talk.id}/").one("div", class_="calm")

    assert note.one("p").text == (
        "This conversation is in the trash until 10 Dec, then it is deleted for good."
    )


def test_who_is_held_is_told_why_it_stays(alice: User, hers: Client) -> None:
    talk = aged(alice, 40, deleted_at=NOW)
    holds.place(alice, "case-7", by=None)

    response = hers.post(f"/c/{talk.id}/erase/", follow=True)

    assert "A legal hold is on your account" in read(response).text
    assert "case-7" not in response.content.decode()
    assert Conversation.objects.filter(id=talk.id).exists()


def test_a_cold_conversation_opens_like_any_other(alice: User, hers: Client) -> None:
    talk = create_conversation(alice, messages=6)
    Conversation.objects.update(updated=NOW - timedelta(days=200))
    before = fetch(hers, f"/c/{talk.id}/").one("div", id="thread").text
    while cold.freeze_some(NOW + timedelta(days=200)):
        pass
    assert ColdPart.objects.exists()

    assert fetch(hers, f"/c/{talk.id}/").one("div", id="thread").text == before
    assert not ColdPart.objects.exists()
