"""What a session remembers of how it began, and when its key changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import login
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import AuditEvent, Device, User
from accounts.sessions.store import SessionStore, hash_of
from tests.base import PASSWORD, client_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HERE = {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": FIREFOX}
NEW = "another tide, another noon"


def sign_in(person: User, **where: str) -> Client:
    client = Client(**{**HERE, **where})
    given = {"email": person.email, "password": PASSWORD}
    assert client.post("/accounts/login/", given).status_code == 302
    return client


def device_of(client: Client) -> Device:
    return Device.objects.get(key_hash=hash_of(client.session.session_key))


def ended() -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(action="accounts.sessions_ended")
    return [event.details for event in events.order_by("seq")]


def test_the_device_is_described_and_no_more(alice: User) -> None:
    device = device_of(sign_in(alice))

    assert (device.agent, device.how) == ("Firefox on Linux", Device.How.PASSWORD)
    assert (device.network, device.person) == ("203.0.113.0/24", alice)
    stored = str(Device.objects.filter(id=device.id).values_list().get())
    assert "203.0.113.77" not in stored
    assert "Gecko" not in stored


def test_the_network_is_the_one_the_trusted_proxy_saw(alice: User, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    forwarded = {"HTTP_X_FORWARDED_FOR": "1.2.3.4, 2001:db8:5:6::7"}

    assert device_of(sign_in(alice, **forwarded)).network == "2001:db8:5::/48"


def test_a_session_planted_in_a_browser_is_not_the_one_signed_in(alice: User) -> None:
    attacker = Client()
    planted = attacker.session
    planted["planted"] = True
    planted.save()
    victim = Client(**HERE)
    victim.cookies["sessionid"] = planted.session_key
    victim.post("/accounts/login/", {"email": alice.email, "password": PASSWORD})

    assert victim.session.session_key != planted.session_key
    assert SessionStore(planted.session_key).load() == {}
    attacker.cookies["sessionid"] = planted.session_key
    assert attacker.get("/settings/").status_code == 302


def test_signing_in_begins_the_time_of_the_session(alice: User) -> None:
    client = Client(**HERE)
    planted = client.session
    planted["x"] = 1
    planted.save()
    client.cookies["sessionid"] = planted.session_key
    almost_over = timezone.now() - timedelta(days=29)
    Device.objects.update(created=almost_over)
    client.post("/accounts/login/", {"email": alice.email, "password": PASSWORD})

    assert device_of(client).created > almost_over + timedelta(days=28)


def test_proving_oneself_again_changes_the_key_and_not_the_device(
    alice: User,
) -> None:
    client = sign_in(alice)
    before, device = client.session.session_key, device_of(client)
    response = client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert response.status_code == 302
    assert client.session.session_key != before
    assert SessionStore(before).load() == {}
    assert device_of(client).id == device.id
    assert client.get("/settings/").status_code == 200
    stale = Client()
    stale.cookies["sessionid"] = before
    assert stale.get("/settings/").status_code == 302


def test_signing_in_again_in_the_same_session_changes_the_key(
    alice: User, rf: RequestFactory
) -> None:
    request = rf.get("/", **HERE)
    request.session = client_of(alice).session
    before = request.session.session_key
    request.session.load()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    login(request, alice, backend)
    request.session.save()

    assert request.session.session_key != before
    assert not SessionStore().exists(before)


def test_somebody_else_in_the_same_browser_has_nothing_of_the_first(
    alice: User, bob: User, rf: RequestFactory
) -> None:
    request = rf.get("/", **HERE)
    request.session = client_of(alice).session
    request.session["hers"] = True
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    login(request, bob, backend)
    request.session.save()

    assert "hers" not in request.session
    assert [device.person for device in Device.objects.all()] == [bob]
    assert Device.objects.get().network == "203.0.113.0/24"


def test_a_changed_password_ends_the_other_sessions(alice: User) -> None:
    client, other = sign_in(alice), sign_in(alice)
    given = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    response = client.post("/accounts/password/change/", given)

    assert response.status_code == 302
    assert client.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302
    assert list(Device.objects.values_list("id", flat=True)) == [device_of(client).id]
    assert ended() == [{"count": 1}]


def test_a_password_changed_by_other_means_ends_them_too(alice: User) -> None:
    client = sign_in(alice)
    alice.set_password(NEW)
    alice.save(update_fields=["password"])

    assert client.get("/settings/").status_code == 302
    assert not Device.objects.filter(person=alice).exists()


def test_who_is_switched_on_again_is_not_signed_in_again(alice: User) -> None:
    client = sign_in(alice)
    for is_active in (False, True):
        alice.is_active = is_active
        alice.save(update_fields=["is_active"])

    assert client.get("/settings/").status_code == 302
    assert ended() == [{"count": 1}]


def test_signing_out_leaves_nothing(alice: User) -> None:
    client = sign_in(alice)
    client.post("/accounts/logout/")

    assert not Device.objects.filter(person=alice).exists()


def test_a_test_client_signs_in_as_ever(alice: User) -> None:
    client = Client()
    assert client.login(email=alice.email, password=PASSWORD)
    assert client.get("/settings/").status_code == 200
    assert client_of(alice).get("/settings/").status_code == 200
    client.logout()
    assert client.get("/settings/").status_code == 302
