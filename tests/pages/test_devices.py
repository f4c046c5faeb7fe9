"""Where a person is signed in: what they see of it, and how they end it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Device, User
from accounts.sessions.store import SessionStore
from conversations.views.devices import DEVICES
from tests.base import client_of
from tests.pages.markup import Element, assert_harmless, read
from tests.sessions.test_signing_in import device_of, sign_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/accounts/sessions/"
PHONE = {
    "REMOTE_ADDR": "2001:db8:1:2::3",
    "HTTP_USER_AGENT": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"
    " AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
}


def rows(client: Client, there: str = PAGE) -> list[Element]:
    response = client.get(there)
    assert response.status_code == 200
    (shown,) = read(response).all("ul", class_="known") or [None]
    return shown.all("li") if shown else []


def words(row: Element) -> str:
    return " ".join(row.text.split())


def is_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def test_each_device_is_told_apart(alice: User) -> None:
    here, phone = sign_in(alice), sign_in(alice, **PHONE)
    Device.objects.filter(id=device_of(phone).id).update(
        last_seen=timezone.now() - timedelta(hours=5)
    )
    response = here.get(PAGE)
    mine, other = rows(here)

    assert words(mine).startswith("Firefox on Linux This device Signed in ")
    assert words(mine).endswith(" · Password · Network 203.0.113.0/24")
    assert mine.all("button") == []
    assert words(other).startswith("Safari on iPhone last used ")
    assert "Network 2001:db8:1::/48" in words(other)
    assert other.one("button").attrs["value"] == str(device_of(phone).id)
    assert_harmless(read(response))
    assert response["Cache-Control"] == "no-store"
    assert here.session.session_key not in response.content.decode()


def test_times_are_in_the_persons_own_zone(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="Asia/Tokyo")
    times = read(sign_in(alice).get(PAGE)).all("time")

    assert [each.attrs["datetime"][-6:] for each in times] == ["+09:00"]


def test_a_device_nobody_knows_anything_of(alice: User) -> None:
    (row,) = rows(client_of(alice))

    assert words(row).startswith("Unknown device This device Signed in ")
    assert words(row).endswith(" · Network unknown")


def test_one_is_ended_and_the_others_stay(alice: User) -> None:
    here, phone, third = sign_in(alice), sign_in(alice, **PHONE), sign_in(alice)
    response = here.post(PAGE, {"device": device_of(phone).id}, follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    assert "Signed out there." in response.content.decode()
    assert [is_in(here), is_in(phone), is_in(third)] == [True, False, True]


def test_what_is_over_already_is_said_to_be(alice: User, bob: User) -> None:
    here, his = sign_in(alice), sign_in(bob)
    for gone in (uuid.uuid4(), device_of(his).id):
        response = here.post(PAGE, {"device": gone}, follow=True)
        assert "That device was signed out already." in response.content.decode()
    assert is_in(his), "it is Bob's"


@pytest.mark.parametrize("given", ["", "x", "1", "a" * 64, "../" * 9])
def test_what_is_no_device_is_not_found(given: str, alice: User) -> None:
    assert client_of(alice).post(PAGE, {"device": given}).status_code == 404


def test_all_others_are_ended(alice: User, bob: User) -> None:
    here, phone, third = sign_in(alice), sign_in(alice, **PHONE), sign_in(alice)
    his = sign_in(bob)
    response = here.post(PAGE, {"all": "others"}, follow=True)

    assert "Signed out everywhere else." in response.content.decode()
    assert [is_in(each) for each in (here, phone, third)] == [True, False, False]
    assert is_in(his)
    response = here.post(PAGE, {"all": "others"}, follow=True)
    assert "There was no other." in response.content.decode()


def test_all_are_ended_and_this_one_too(alice: User) -> None:
    here, phone = sign_in(alice), sign_in(alice, **PHONE)
    response = here.post(PAGE, {"all": "every"})

    assert (response.status_code, response.url) == (302, "/accounts/login/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert [is_in(here), is_in(phone)] == [False, False]
    assert not Device.objects.filter(person=alice).exists()


def test_nothing_else_can_be_ended_at_once(alice: User) -> None:
    client = client_of(alice)

    assert client.post(PAGE, {"all": "administrators"}).status_code == 400
    assert is_in(client)


def test_what_cannot_be_used_any_more_is_not_listed(alice: User) -> None:
    here, idle, old_password = (sign_in(alice) for _ in range(3))
    Device.objects.filter(id=device_of(idle).id).update(
        last_seen=timezone.now() - timedelta(days=8)
    )
    Device.objects.filter(id=device_of(old_password).id).update(auth_hash="other")

    assert len(rows(here)) == 1


def test_strangers_sessions_are_nobodys_devices(alice: User) -> None:
    stranger = SessionStore()
    stranger["x"] = 1
    stranger.save()

    assert len(rows(client_of(alice))) == 1


def test_pages_follow_each_other(alice: User) -> None:
    here = client_of(alice)
    for _ in range(DEVICES + 4):
        client_of(alice)
    first = rows(here)
    (more,) = [a for a in read(here.get(PAGE)).all("a") if a.text == "More devices"]
    second = rows(here, PAGE + more.attrs["href"])

    assert "This device" in words(first[0])
    assert (len(first), len(second)) == (DEVICES, 5)
    ids = [row.one("button").attrs["value"] for row in [*first[1:], *second]]
    assert len(set(ids)) == DEVICES + 4
    assert rows(here, f"{PAGE}?from=500") == []
    assert "No more devices." in here.get(f"{PAGE}?from=500").content.decode()


@pytest.mark.parametrize("start", ["x", "", "-1", "1.5", "٣", "9" * 7, "0" * 400])
def test_a_number_that_is_none_is_a_bad_request(start: str, alice: User) -> None:
    assert client_of(alice).get(PAGE, {"from": start}).status_code == 400


def test_the_page_says_how_long_a_device_stays(alice: User, settings) -> None:
    settings.SESSION_IDLE_DAYS, settings.SESSION_DAYS = 1, 14
    page = client_of(alice).get(PAGE).content.decode()

    assert "not used for 1 day is" in page
    assert "every one 14 days after" in page


def test_a_form_of_another_site_ends_nothing(alice: User) -> None:
    here = Client(enforce_csrf_checks=True)
    here.force_login(alice)

    assert here.post(PAGE, {"all": "every"}).status_code == 403
    assert is_in(here)


def test_it_is_reached_from_the_settings(alice: User) -> None:
    links = read(client_of(alice).get("/settings/")).all("a", href=PAGE)

    assert [link.text for link in links] == ["Devices"]


def test_strangers_sign_in_first(client: Client) -> None:
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"
