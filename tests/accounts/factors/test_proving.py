"""Proving who one is again, before what matters; with the second factor if there is."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.recently import recently_authenticated
from tests.accounts.factors.holding import (
    LOCAL,
    SECOND_STEP,
    SECRET,
    code_of,
    factors_of,
    first_step,
    give_app,
    give_passkey,
    is_in,
    offered,
    proven,
)
from tests.accounts.factors.soft_key import sent
from tests.base import PASSWORD

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NEW = "nobody minds the gulls"
BY_PASSWORD = "/accounts/reauthenticate/"
BY_CODE = "/accounts/2fa/reauthenticate/"
BY_PASSKEY = "/accounts/2fa/webauthn/reauthenticate/"
MATTERS = [
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/password/set/",
]


def signed_in(person: User) -> Client:
    client = Client(**LOCAL)
    client.force_login(person)
    return client


@pytest.mark.parametrize("there", MATTERS[:2])
@pytest.mark.parametrize("method", ["get", "post"])
def test_factors_are_added_after_the_password(
    method: str, there: str, alice: User
) -> None:
    response = getattr(signed_in(alice), method)(there)

    assert response.url == f"{BY_PASSWORD}?next={there.replace('/', '%2F')}"


def test_after_five_minutes_it_is_asked_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = proven(alice)
    assert client.get(MATTERS[0]).status_code == 200
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 301)

    assert client.get(MATTERS[0]).status_code == 302


def test_with_a_factor_the_password_is_not_enough(alice: User) -> None:
    give_app(alice)
    client = signed_in(alice)

    response = client.post(BY_PASSWORD, {"password": PASSWORD})

    assert response.url == BY_CODE
    assert client.post("/accounts/2fa/totp/deactivate/").url.startswith(BY_CODE)
    assert "totp" in factors_of(alice)


def test_the_code_is(alice: User) -> None:
    give_app(alice)
    client = signed_in(alice)

    there = "/settings/security/"
    answer = {"code": code_of(SECRET), "next": there}
    assert client.post(BY_CODE, answer).url == there
    assert client.get("/accounts/2fa/totp/deactivate/").status_code == 200


def test_so_is_the_passkey(alice: User) -> None:
    key = give_passkey(alice)
    client = signed_in(alice)
    answer = sent(key.get(offered(client, BY_PASSKEY)))

    assert client.post(BY_PASSKEY, answer | {"next": "/settings/"}).url == "/settings/"
    assert client.get(MATTERS[1]).status_code == 200


def test_a_wrong_passkey_brings_back_to_the_question(alice: User) -> None:
    give_passkey(alice)
    client = signed_in(alice)

    response = client.post(BY_PASSKEY, {"credential": "{}", "next": "/settings/"})

    assert response.url == f"{BY_PASSKEY}?next=%2Fsettings%2F"
    assert client.get(MATTERS[1]).status_code == 302


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/"])
def test_nobody_is_sent_to_another_site_afterwards(place: str, alice: User) -> None:
    give_app(alice)

    answer = signed_in(alice).post(BY_CODE, {"code": code_of(SECRET), "next": place})

    assert answer.url == "/"


def test_a_password_is_changed_after_the_code_if_there_is_one(alice: User) -> None:
    give_app(alice)
    client = signed_in(alice)
    there = "/accounts/password/change/"
    given = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.get(there).url.startswith(BY_CODE)

    assert client.post(there, given).url == there
    assert NEW not in str(dict(client.session.items()))
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)

    client.post(BY_CODE, {"code": code_of(SECRET)})
    client.post(there, given)
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_an_email_address_is_changed_after_the_code(alice: User) -> None:
    give_app(alice)
    client = signed_in(alice)
    new = {"email": "alice@elsewhere.example", "action_add": ""}
    assert client.post("/accounts/email/", new).url.startswith(BY_CODE)
    assert mail.outbox == []

    answer = {"code": code_of(SECRET), "next": "/accounts/email/"}
    client.post(BY_CODE, answer)  # what was sent before is done now
    link = re.search(r"//localhost:8000(\S+confirm-email\S+)", mail.outbox[0].body)
    client.post(link[1])
    alice.refresh_from_db()
    assert alice.email == "alice@elsewhere.example"
    assert AuditEvent.objects.latest("seq").action == "accounts.email_changed"


def test_a_new_password_through_an_email_leaves_the_second_step(alice: User) -> None:
    give_app(alice)
    stranger = Client(**LOCAL)
    stranger.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"//localhost:8000(\S+reset/key\S+)", mail.outbox[-1].body)[1]
    form = stranger.get(link, follow=True).request["PATH_INFO"]
    stranger.post(form, {"password1": NEW, "password2": NEW})
    assert not is_in(stranger)

    client = first_step(alice, NEW)
    assert not is_in(client)
    client.post(SECOND_STEP, {"code": code_of(SECRET)})
    assert is_in(client)


def test_who_has_neither_password_nor_factor_signs_in_anew(alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    client = signed_in(alice)

    for there in MATTERS:
        response = client.get(there)
        assert response.status_code == 302
        assert response.url.startswith("/accounts/reauthenticate/anew/?next=")
    page = client.get(response.url).content.decode()
    assert "You have no password here" in page


def test_who_has_no_password_proves_themselves_by_a_factor(alice: User) -> None:
    give_app(alice)
    alice.set_unusable_password()
    alice.save()
    client = signed_in(alice)
    assert client.get("/accounts/password/set/").url.startswith(BY_CODE)

    client.post(BY_CODE, {"code": code_of(SECRET)})
    client.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})

    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert AuditEvent.objects.filter(action="accounts.password_changed").exists()


def test_a_view_can_ask_for_it(alice: User, rf: Any) -> None:
    view = recently_authenticated(lambda request: HttpResponse("done"))
    request = rf.get("/")
    request.user = AnonymousUser()

    assert view(request).url == "/accounts/login/?next=/"
