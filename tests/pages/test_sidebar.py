"""The sidebar: what stands where, page after page, and what it costs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation
from tests.factories import create_conversation, create_reply
from tests.pages.markup import Element, assert_harmless, read

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def at_noon(monkeypatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def many(owner: User, count: int, step: timedelta = timedelta(minutes=1)) -> None:
    """Conversations 0, 1, 2 …, each that much older than the one before."""
    Conversation.objects.bulk_create(
        Conversation(owner=owner, title=f"Talk {number}", updated=NOW - number * step)
        for number in range(count)
    )


def rows(page: Element) -> list[str]:
    links = [row.one("a", data_nav=True) for row in page.all("li") if "id" in row.attrs]
    return [link.text for link in links]


def sections(page: Element) -> list[tuple[str, str, list[str]]]:
    return [
        (
            section.attrs["data-group"],
            "".join(heading.text for heading in section.all("h2")),
            rows(section),
        )
        for section in page.all("section", data_group=True)
    ]


def test_conversations_stand_under_their_days(
    alice: User, hers: Client, at_noon: None
) -> None:
    create_conversation(alice, title="P", updated=NOW, pinned_at=NOW)
    for title, days in [("a", 0), ("b", 1), ("c", 7), ("d", 30), ("e", 60), ("f", 400)]:
        create_conversation(alice, title=title, updated=NOW - timedelta(days=days))

    assert sections(read(hers.get("/c/rows/"))) == [
        ("pinned", "Pinned", ["P"]),
        ("today", "Today", ["a"]),
        ("yesterday", "Yesterday", ["b"]),
        ("week", "Previous 7 days", ["c"]),
        ("month", "Previous 30 days", ["d"]),
        ("2026-09", "September", ["e"]),
        ("2025", "2025", ["f"]),
    ]


def test_days_are_those_of_the_reader(alice: User, hers: Client, at_noon: None) -> None:
    create_conversation(alice, title="Late", updated=NOW - timedelta(hours=6))

    def group(zone: str) -> str:
        User.objects.filter(pk=alice.pk).update(timezone=zone)
        return sections(read(hers.get("/c/rows/")))[0][0]

    assert group("UTC") == "today"  # at 06:00
    assert group("America/Los_Angeles") == "yesterday"  # at 22:00, now it is 04:00


def test_pinned_ones_stand_on_top_the_last_pinned_first(
    alice: User, hers: Client, at_noon: None
) -> None:
    for number in range(60):
        pinned = NOW - timedelta(minutes=number)
        create_conversation(alice, title=f"P{number}", pinned_at=pinned)

    key, _, titles = sections(read(hers.get("/c/rows/")))[0]

    assert (key, titles) == ("pinned", [f"P{number}" for number in range(50)])


def test_archived_and_deleted_ones_are_not_in_it(alice: User, hers: Client) -> None:
    now = timezone.now()
    create_conversation(alice, title="Archived", archived_at=now)
    create_conversation(alice, title="Deleted", deleted_at=now)
    create_conversation(alice, title="Both", pinned_at=now, deleted_at=now)

    page = read(hers.get("/c/rows/"))

    assert rows(page) == []
    assert "will be listed here" in page.text


def test_nobody_elses_are_in_it(alice: User, bob: User, hers: Client) -> None:
    create_conversation(bob, title="Bob's")
    turn_of_bob = create_reply(
        create_conversation(bob, title="B"), "", status="running"
    )
    create_conversation(alice, title="Mine")

    page = read(hers.get("/c/rows/"))

    assert rows(page) == ["Mine"]
    assert str(turn_of_bob.conversation_id) not in str(page.text)


def test_pages_follow_each_other_without_hole_or_double(
    alice: User, hers: Client, at_noon: None
) -> None:
    many(alice, 125)
    Conversation.objects.update(updated=NOW)  # the hard case: all at one moment
    seen: list[str] = []
    there = "/c/rows/"
    sizes = []
    while there:
        page = read(hers.get(there))
        assert_harmless(page)
        seen += rows(page)
        sizes.append(len(rows(page)))
        following = page.all("a", data_next=True)
        there = following[0].attrs["href"] if following else ""

    assert sizes == [40, 40, 40, 5]
    assert sorted(seen) == sorted(f"Talk {number}" for number in range(125))


def test_a_conversation_that_comes_up_meanwhile_shifts_nothing(
    alice: User, hers: Client, at_noon: None
) -> None:
    many(alice, 60)
    first = read(hers.get("/c/rows/"))
    create_conversation(alice, title="New", updated=NOW + timedelta(minutes=1))

    second = read(hers.get(first.one("a", data_next=True).attrs["href"]))

    assert rows(second) == [f"Talk {number}" for number in range(40, 60)]


def test_a_group_that_goes_on_has_its_heading_once(
    alice: User, hers: Client, at_noon: None
) -> None:
    many(alice, 60, timedelta(days=20))

    first = read(hers.get("/c/rows/"))
    second = read(hers.get(first.one("a", data_next=True).attrs["href"]))

    assert sections(first)[-1][:2] == ("2024", "2024")
    going_on, next_year = sections(second)[:2]
    assert going_on[:2] == ("2024", "")
    assert next_year[:2] == ("2023", "2023")


def test_a_reply_under_way_is_marked(alice: User, hers: Client) -> None:
    for title, status in [("r", "running"), ("q", "queued"), ("c", "complete")]:
        talk = create_conversation(alice, title=title, messages=1)
        create_reply(talk, "", status=status)

    page = read(hers.get("/c/rows/"))

    running = page.all("li", data_running=True)
    assert {row.one("a", data_nav=True).text for row in running} == {"r", "q"}


def test_every_row_has_its_menu(talk: Conversation, hers: Client) -> None:
    row = read(hers.get("/c/rows/")).one("li", id=f"row-{talk.id}")

    opener = row.one("button", class_="more")
    menu = row.one("div", id=opener.attrs["popovertarget"], popover=True)
    assert [verb.attrs["data-verb"] for verb in menu.all("button", form="verbs")] == [
        "pin",
        "archive",
        "delete",
    ]
    rename = menu.one("button", form="asks", data_rename=True)
    assert rename.attrs["formaction"] == f"/c/{talk.id}/rename/"


BAD_CURSORS = [
    "x",
    "AAAA",
    "=" * 36,
    "\x00",
    "☃" * 12,
    "' OR 1=1 --",
    "A" * 10_000,
    base64.urlsafe_b64encode(b"\x01" + b"\x7f" + b"\xff" * 7 + b"\0" * 16).decode(),
    base64.urlsafe_b64encode(b"\x01" + b"\x80" + b"\x00" * 7 + b"\0" * 16).decode(),
    base64.urlsafe_b64encode(b"\x02" + b"\x00" * 24).decode(),  # of another order
]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
@pytest.mark.parametrize("there", ["/c/rows/", "/c/"])
def test_a_cursor_we_did_not_make_is_a_bad_request(
    there: str, cursor: str, hers: Client
) -> None:
    assert hers.get(there, {"after": cursor}).status_code == 400


def test_a_cursor_made_for_somebody_else_shows_only_ones_own(
    alice: User, bob: User, hers: Client, client_of, at_noon: None
) -> None:
    many(alice, 50)
    many(bob, 50)
    theirs = read(client_of(bob).get("/c/rows/")).one("a", data_next=True)

    page = read(hers.get(theirs.attrs["href"]))

    mine = {
        str(key)
        for key in Conversation.objects.filter(owner=alice).values_list("id", flat=True)
    }
    assert {row.attrs["id"].removeprefix("row-") for row in page.all("li")} <= mine


def test_without_scripts_the_link_to_more_is_the_library(hers: Client) -> None:
    response = hers.get("/c/rows/", headers={"Sec-Fetch-Mode": "navigate"})

    assert (response.status_code, response["Location"]) == (302, "/c/")


@pytest.mark.parametrize("count", [1, 3, 60])
def test_its_queries_do_not_grow(
    count: int, alice: User, hers: Client, django_assert_num_queries
) -> None:
    many(alice, count)
    hers.get("/c/rows/")

    with django_assert_num_queries(5):  # session, person, pinned, others, running
        hers.get("/c/rows/")


def test_ten_thousand_conversations_are_listed_without_reading_a_body(
    alice: User, hers: Client
) -> None:
    many(alice, 10_000)
    hers.get("/c/rows/")

    with CaptureQueriesContext(connection) as queries:
        response = hers.get("/")

    assert len(queries) == 6
    assert len(response.content) < 64_000
    read_columns = " ".join(query["sql"] for query in queries)
    assert "conversations_message" not in read_columns
    assert '"conversations_conversation"."system_prompt"' not in read_columns
