"""The library: every conversation, sorted, paged, found, in its tab."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation
from conversations.services import listing
from tests.factories import create_conversation, create_reply
from tests.pages.markup import Element, assert_harmless, read

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def open_library(client: Client, query: str = "") -> Element:
    response = client.get(f"/c/{query}")
    assert response.status_code == 200
    page = read(response)
    assert_harmless(page)
    return page


def rows(page: Element) -> list[Element]:
    return [row for body in page.all("tbody") for row in body.all("tr")]


def titles(page: Element) -> list[str]:
    return [row.one("th").all("a")[0].text for row in rows(page)]


def many(owner: User, count: int) -> None:
    Conversation.objects.bulk_create(
        Conversation(
            owner=owner,
            title=f"Talk {number}",
            created=NOW - timedelta(days=number),
            updated=NOW - timedelta(hours=(number * 7) % count),
            message_count=(number * 3) % count,
        )
        for number in range(count)
    )


# --- rows
def test_a_row_says_what_is_known(alice: User, hers: Client, monkeypatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    User.objects.filter(pk=alice.pk).update(timezone="Asia/Tokyo")
    talk = create_conversation(
        alice,
        title="Rye",
        created=datetime(2025, 12, 31, 20, tzinfo=UTC),
        updated=datetime(2026, 11, 20, 11, 5, tzinfo=UTC),
        message_count=12,
    )

    (row,) = rows(open_library(hers))

    assert row.one("th").all("a")[0].attrs["href"] == f"/c/{talk.id}/"
    created, updated = row.all("time")
    assert created.attrs["datetime"] == "2026-01-01T05:00:00+09:00"
    assert (created.text, updated.text) == ("1 Jan", "20:05")
    assert row.all("td")[2].text == "12"


def test_a_row_has_the_verbs(alice: User, hers: Client) -> None:
    create_conversation(alice, title="Rye")

    (row,) = rows(open_library(hers))

    opener = row.one("button", class_="btn", popovertarget=True)
    menu = row.one("div", id=opener.attrs["popovertarget"])
    verbs = [verb.attrs["data-verb"] for verb in menu.all("button", data_verb=True)]
    assert verbs == ["pin", "archive", "delete"]


def test_marks_tell_rows_apart(alice: User, hers: Client) -> None:
    create_conversation(alice, title="A", archived_at=NOW, updated=NOW)
    create_conversation(alice, title="P", pinned_at=NOW, updated=NOW - timedelta(1))
    live = create_conversation(alice, title="L", updated=NOW - timedelta(2))
    create_reply(live, "", status="running")

    found = {
        row.one("th").all("a")[0].text: [tag.text for tag in row.all(class_="tag")]
        for row in rows(open_library(hers))
    }

    assert found == {"A": ["Archived"], "P": ["Pinned"], "L": ["Replying"]}


# --- tabs
@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("", ["Archived", "Plain"]),
        ("all", ["Archived", "Plain"]),
        ("nonsense", ["Archived", "Plain"]),
        ("archived", ["Archived"]),
        ("trash", ["Both", "Deleted"]),
    ],
)
def test_tabs(show: str, expected: list[str], alice: User, hers: Client) -> None:
    create_conversation(alice, title="Plain")
    create_conversation(alice, title="Archived", archived_at=NOW)
    create_conversation(alice, title="Deleted", deleted_at=NOW)
    create_conversation(alice, title="Both", archived_at=NOW, deleted_at=NOW)

    page = open_library(hers, f"?show={show}")

    assert sorted(titles(page)) == expected
    tabs = page.one("nav", class_="tabs")
    assert tabs.one("a", aria_current="page").text == {
        "archived": "Archived",
        "trash": "Trash",
    }.get(show, "All")


def test_nobody_elses_are_in_it(alice: User, bob: User, hers: Client) -> None:
    for fields in ({}, {"archived_at": NOW}, {"deleted_at": NOW}):
        create_conversation(bob, title="Rye of Bob", **fields)

    for query in ("", "?show=archived", "?show=trash", "?q=rye", "?sort=messages"):
        assert rows(open_library(hers, query)) == []


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("", "No conversations yet"),
        ("?show=archived", "Nothing is archived"),
        ("?show=trash", "The trash is empty"),
        ("?q=rye", "Nothing has these words"),
    ],
)
def test_emptiness_has_a_sentence(query: str, heading: str, hers: Client) -> None:
    page = open_library(hers, query)

    assert page.one("div", class_="nothing").one("h2").text == heading
    assert page.all("table") == []


# --- order and pages
@pytest.mark.parametrize("sort", listing.ORDERS)
def test_every_order_pages_through_everything_once(
    sort: str, alice: User, hers: Client
) -> None:
    many(alice, 120)
    field = listing.ORDERS[sort].field
    seen: list[str] = []
    query = f"?sort={sort}"
    sizes = []
    while query:
        page = open_library(hers, query)
        seen += titles(page)
        sizes.append(len(rows(page)))
        following = page.all("a", rel="next")
        query = following[0].attrs["href"].removeprefix("/c/") if following else ""

    assert sizes == [50, 50, 20]
    by_title = {
        row.title: getattr(row, field)
        for row in Conversation.objects.filter(owner=alice)
    }
    assert len(set(seen)) == 120
    values = [by_title[title] for title in seen]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_headings_sort_and_turn_round(alice: User, hers: Client) -> None:
    create_conversation(alice)

    page = open_library(hers, "?sort=-created")
    headings = {
        th.text: (th.attrs.get("aria-sort"), th.one("a").attrs["href"])
        for th in page.one("thead").all("th")
        if th.all("a")
    }

    assert headings == {
        "Created": ("descending", "/c/?sort=created"),
        "Last active": (None, "/c/"),
        "Messages": (None, "/c/?sort=-messages"),
    }


def test_an_unknown_order_is_the_usual_one(alice: User, hers: Client) -> None:
    many(alice, 3)

    assert titles(open_library(hers, "?sort=title")) == titles(open_library(hers))


def test_a_place_of_one_order_is_none_in_another(alice: User, hers: Client) -> None:
    many(alice, 60)
    href = open_library(hers, "?sort=-created").one("a", rel="next").attrs["href"]

    assert hers.get(href).status_code == 200
    assert hers.get(href.replace("sort=-created", "sort=created")).status_code == 400


# --- cost
@pytest.mark.parametrize("count", [1, 3, 60])
def test_its_queries_do_not_grow(
    count: int, alice: User, hers: Client, django_assert_num_queries
) -> None:
    many(alice, count)
    inside = {"X-Fragment": "main"}
    hers.get("/c/", headers=inside)

    with django_assert_num_queries(5):
        hers.get("/c/", headers=inside)
