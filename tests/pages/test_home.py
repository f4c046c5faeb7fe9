"""The page on which a conversation begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories import create_conversation
from tests.pages.markup import read


@pytest.mark.parametrize(
    ("hour", "zone", "greeting"),
    [
        (4, "UTC", "Good evening"),
        (5, "UTC", "Good morning"),
        (11, "UTC", "Good morning"),
        (12, "UTC", "Good afternoon"),
        (18, "UTC", "Good evening"),
        (23, "Pacific/Auckland", "Good afternoon"),
        (23, "No/Such_Zone", "Good evening"),
    ],
)
def test_it_greets_by_the_persons_own_clock(
    hour: int, zone: str, greeting: str, alice: User, hers: Client, monkeypatch
) -> None:
    User.objects.filter(pk=alice.pk).update(timezone=zone)
    now = datetime(2026, 11, 20, hour, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)

    page = read(hers.get("/"))

    assert page.one(id="empty").one("h2").text == f"{greeting}, Alice"


def test_who_has_no_name_is_greeted_all_the_same(alice: User, hers: Client) -> None:
    User.objects.filter(pk=alice.pk).update(name="")

    heading = read(hers.get("/")).one(id="empty").one("h2").text

    assert heading.startswith("Good ") and "," not in heading


def test_it_has_an_empty_thread_and_a_composer(hers: Client) -> None:
    page = read(hers.get("/"))

    thread = page.one(id="thread")
    assert (thread.attrs["data-conversation"], thread.children) == ("", [])
    composer = page.one("form", id="composer")
    assert composer.one("textarea", name="text").attrs["id"] == "text"
    assert composer.one("button", class_="stop", hidden=True)


def test_starters_carry_what_they_fill_in(hers: Client) -> None:
    starters = read(hers.get("/")).all("button", data_fill=True)

    assert len(starters) == 4
    assert all(starter.attrs["data-fill"].strip() for starter in starters)


def test_a_phone_finds_the_latest_conversations_there(
    alice: User, hers: Client
) -> None:
    now = timezone.now()
    for number in range(6):
        create_conversation(
            alice, title=f"Talk {number}", updated=now - timedelta(hours=number)
        )
    create_conversation(alice, title="Old", updated=now - timedelta(days=90))

    recent = read(hers.get("/")).one("section", class_="recent").all("a")

    assert [link.text for link in recent] == ["Talk 0", "Talk 1", "Talk 2", "Talk 3"]


@pytest.mark.parametrize("demo", [True, False])
def test_the_demo_model_does_not_pass_for_a_real_one(
    demo: bool, hers: Client, settings
) -> None:
    settings.DEMO_MODEL = demo

    response = hers.get("/")

    assert ("built-in demo model" in response.content.decode()) is demo
    model = read(response).one("span", class_="model").text
    assert model == ("demo" if demo else settings.CHAT_MODEL)
