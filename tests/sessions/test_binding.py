"""Sessions that stay where they began, and how their time goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEvent, Device, User
from tests.base import client_of
from tests.sessions.test_signing_in import FIREFOX, sign_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NEXT_DOOR = {"REMOTE_ADDR": "203.0.113.200"}
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}
UPDATED = {"HTTP_USER_AGENT": FIREFOX.replace("140.0", "141.0")}


def status(client: Client, **where: str) -> int:
    return client.get("/settings/", **where).status_code


def refused() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="accounts.session_refused"))


@pytest.mark.parametrize(
    ("binding", "where", "stays"),
    [
        ("off", ELSEWHERE | UPDATED, True),
        ("ip", NEXT_DOOR | UPDATED, True),
        ("ip", ELSEWHERE, False),
        ("ip+agent", NEXT_DOOR, True),
        ("ip+agent", UPDATED, False),
        ("ip+agent", ELSEWHERE, False),
        ("ip+agent", {"HTTP_USER_AGENT": ""}, False),
    ],
)
def test_what_a_session_is_bound_to(
    binding: str, where: dict[str, str], stays: bool, alice: User, settings
) -> None:
    client = sign_in(alice)
    settings.SESSION_BINDING = binding

    assert status(client, **where) == (200 if stays else 302)
    assert status(client) == (200 if stays else 302), "the session has ended"
    assert len(refused()) == (0 if stays else 1)
    assert Device.objects.filter(person=alice).exists() is stays


def test_a_refusal_names_the_network_and_not_the_actor(alice: User, settings) -> None:
    """It may be somebody else who holds the key."""
    client = sign_in(alice)
    device = Device.objects.get(person=alice)
    settings.SESSION_BINDING = "ip"
    response = client.get("/settings/", **ELSEWHERE)
    (event,) = refused()

    assert response.url == "/accounts/login/?next=/settings/"
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert (event.actor, event.ip) == (None, "198.51.100.0/24")
    assert event.details == {"device": str(device.id)}


def test_behind_a_proxy_the_network_is_the_clients(alice: User, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.SESSION_BINDING = 1, "ip"
    client = sign_in(alice, HTTP_X_FORWARDED_FOR="192.0.2.9")

    assert status(client, **ELSEWHERE, HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.1") == 200
    assert status(client, HTTP_X_FORWARDED_FOR="192.0.2.9, 6.6.6.6") == 302


def test_a_network_that_cannot_be_told_is_another(alice: User, settings) -> None:
    settings.SESSION_BINDING = "ip"
    client = sign_in(alice)

    assert status(client, REMOTE_ADDR="") == 302


def test_a_session_of_no_browser_is_bound_to_the_first(alice: User, settings) -> None:
    settings.SESSION_BINDING = "ip+agent"
    client = client_of(alice)

    assert status(client, **ELSEWHERE) == 200
    assert Device.objects.get().network == "198.51.100.0/24"
    assert status(client, **NEXT_DOOR) == 302


def test_strangers_are_bound_to_nothing(client: Client, settings) -> None:
    settings.SESSION_BINDING = "ip+agent"
    session = client.session
    session["x"] = 1
    session.save()
    client.cookies["sessionid"] = session.session_key

    assert client.get("/accounts/login/", **ELSEWHERE).status_code == 200
    assert Device.objects.count() == 1


def test_the_hash_of_a_browser_needs_the_secret_key(rf: Any, settings) -> None:
    request = rf.get("/", HTTP_USER_AGENT=FIREFOX)
    before = sessions.client_of(request)
    settings.SECRET_KEY = "another"

    assert sessions.client_of(request).agent_hash != before.agent_hash
    assert before.agent_hash not in ("", FIREFOX)


# --- time goes on
def test_being_seen_is_written_once_a_minute(
    alice: User, django_assert_num_queries
) -> None:
    client = sign_in(alice)
    began = Device.objects.get(person=alice).last_seen
    status(client, **ELSEWHERE)
    assert Device.objects.get(person=alice).last_seen == began
    earlier = timezone.now() - timedelta(seconds=61)
    Device.objects.update(last_seen=earlier)
    status(client, **ELSEWHERE)
    device = Device.objects.get(person=alice)

    assert device.last_seen > earlier
    assert device.network == "198.51.100.0/24"
    with django_assert_num_queries(2):  # the session and the person
        client.post("/settings/theme/", {"theme": "none"})


def test_two_tabs_write_it_once(alice: User, django_assert_num_queries) -> None:
    sign_in(alice)
    device = Device.objects.get(person=alice)
    Device.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    sessions.touch(device.id)
    first = Device.objects.get(person=alice).last_seen
    sessions.touch(device.id)

    assert Device.objects.get(person=alice).last_seen == first > device.created


def test_who_comes_every_day_stays_until_the_session_is_old(alice: User) -> None:
    """The clock moves: everything is a day older each time."""
    client = sign_in(alice)
    days = 0
    while status(client) == 200:
        days += 1
        device = Device.objects.get(person=alice)
        Device.objects.update(
            created=device.created - timedelta(days=1),
            last_seen=device.last_seen - timedelta(days=1),
        )
    assert days == 30


def test_who_does_not_come_for_a_week_signs_in_again(alice: User) -> None:
    client = sign_in(alice)
    Device.objects.update(last_seen=timezone.now() - timedelta(days=7))

    assert status(client) == 302
