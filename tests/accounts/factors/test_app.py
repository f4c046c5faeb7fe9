"""Codes of an app: adding one, signing in, what does not work, what is stored."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from accounts.factors.sealing import open_secret, seal_secret, secrets_of
from accounts.models import AuditEvent, Device, User
from chatsite.lib.crypto import CannotOpen
from tests.accounts.factors.holding import (
    SECOND_STEP,
    SECRET,
    code_of,
    factors_of,
    first_step,
    give_app,
    is_in,
    proven,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ACTIVATE = "/accounts/2fa/totp/activate/"
WRONG = "This code is wrong, or was used already. Wait for the next one."


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def told(response: Any) -> list[str]:
    return list(response.context["form"].errors["code"])


def test_an_app_is_added_with_its_first_code(alice: User) -> None:
    client = proven(alice)
    page = client.get(ACTIVATE)
    secret = page.context["form"].secret
    before = len(actions())

    response = client.post(ACTIVATE, {"code": code_of(secret)})

    assert response.url == "/accounts/2fa/recovery-codes/"
    assert factors_of(alice) == ["recovery_codes", "totp"]
    assert actions()[before:] == [
        "accounts.second_factor_added",
        "accounts.recovery_codes_made",
    ]


def test_a_wrong_first_code_adds_nothing(alice: User) -> None:
    client = proven(alice)
    secret = client.get(ACTIVATE).context["form"].secret

    response = client.post(ACTIVATE, {"code": code_of(secret, later=9)})

    assert told(response) == [WRONG]
    assert response.context["form"].secret == secret  # the same picture again
    assert factors_of(alice) == []


def test_the_code_that_added_the_app_does_not_sign_in(alice: User) -> None:
    client = proven(alice)
    secret = client.get(ACTIVATE).context["form"].secret
    client.post(ACTIVATE, {"code": code_of(secret)})
    other = first_step(alice)

    other.post(SECOND_STEP, {"code": code_of(secret)})
    assert not is_in(other)
    other.post(SECOND_STEP, {"code": code_of(secret, later=1)})
    assert is_in(other)


def test_the_password_alone_does_not_sign_in(alice: User) -> None:
    give_app(alice)
    client = first_step(alice)

    assert not is_in(client)
    assert client.get("/settings/").status_code == 302
    assert client.get("/accounts/login/").url == SECOND_STEP


def test_the_code_does(alice: User) -> None:
    give_app(alice)
    client = first_step(alice)
    key = client.session.session_key

    response = client.post(SECOND_STEP, {"code": code_of(SECRET)})

    assert (response.status_code, response.url) == (302, "/")
    assert is_in(client)
    assert client.session.session_key != key
    assert actions()[-1] == "accounts.signed_in"


@pytest.mark.parametrize("later", [-1, 1])
def test_clocks_may_differ_by_half_a_minute(
    later: int, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_app(alice)
    client = first_step(alice)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)

    client.post(SECOND_STEP, {"code": code_of(SECRET, now, later)})

    assert is_in(client)


@pytest.mark.parametrize("later", [-2, 2, -1000])
def test_and_by_no_more(
    later: int, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_app(alice)
    client = first_step(alice)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)

    assert told(client.post(SECOND_STEP, {"code": code_of(SECRET, now, later)})) == [
        WRONG
    ]


def test_a_code_works_once(alice: User) -> None:
    give_app(alice)
    code = code_of(SECRET)
    first_step(alice).post(SECOND_STEP, {"code": code})
    other = first_step(alice)

    assert told(other.post(SECOND_STEP, {"code": code})) == [WRONG]
    assert not is_in(other)


def test_nor_does_an_older_one_after_it(alice: User) -> None:
    give_app(alice)
    first_step(alice).post(SECOND_STEP, {"code": code_of(SECRET, later=1)})
    other = first_step(alice)

    assert told(other.post(SECOND_STEP, {"code": code_of(SECRET)})) == [WRONG]


def test_a_code_with_spaces_is_the_same(alice: User) -> None:
    give_app(alice)
    client = first_step(alice)
    code = code_of(SECRET)

    client.post(SECOND_STEP, {"code": f" {code[:3]} {code[3:]}"})

    assert is_in(client)


@pytest.mark.parametrize(
    "code",
    ["", "   ", "000", "x" * 32, "x" * 33, "\x00", "١٢٣٤٥٦", "12345\ud83d\ude00", "-"],
)
def test_nonsense_is_a_wrong_code(code: str, alice: User) -> None:
    give_app(alice)
    client = first_step(alice)
    sane = code.encode("utf-16", "surrogatepass").decode("utf-16")

    assert told(client.post(SECOND_STEP, {"code": sane}))
    assert not is_in(client)


def test_somebody_elses_code_is_wrong(alice: User, bob: User) -> None:
    give_app(alice)
    give_app(bob, SECRET[::-1])
    client = first_step(alice)

    client.post(SECOND_STEP, {"code": code_of(SECRET[::-1])})

    assert not is_in(client)


def test_nobody_starts_with_the_second_step(alice: User) -> None:
    give_app(alice)
    client = Client()

    response = client.post(SECOND_STEP, {"code": code_of(SECRET)})

    assert response.url == "/accounts/login/"
    assert not is_in(client)


def test_an_app_is_removed(alice: User) -> None:
    give_app(alice)
    client = proven_by_code(alice)

    response = client.post("/accounts/2fa/totp/deactivate/")

    assert response.url == "/settings/security/"
    assert factors_of(alice) == []  # recovery codes of nothing went too
    assert actions()[-1] == "accounts.second_factor_removed"
    assert is_in(first_step(alice))


def test_no_secret_is_readable_in_the_database(alice: User) -> None:
    client = proven(alice)
    secret = client.get(ACTIVATE).context["form"].secret
    waiting = [device.data for device in Device.objects.all()]
    sessions = [client.session.decode(data) for data in waiting]
    assert secret not in str(sessions)

    client.post(ACTIVATE, {"code": code_of(secret)})
    codes = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        rows = str(cursor.fetchall())

    assert len(codes) == 10
    assert secret not in rows
    assert not [code for code in codes if code in rows]
    data = Authenticator.objects.get(type="totp").data
    with secrets_of(alice):
        assert open_secret(data["secret"]) == secret


def test_a_secret_does_not_open_for_somebody_else(alice: User, bob: User) -> None:
    """Who can write to the database gives the victim a secret they know."""
    give_app(bob)
    mine = Authenticator.objects.get(user=bob, type="totp").data
    Authenticator.objects.create(user=alice, type="totp", data=mine)
    client = first_step(alice)

    assert told(client.post(SECOND_STEP, {"code": code_of(SECRET)})) == [WRONG]


@pytest.mark.parametrize("text", ["", "in the clear", SECRET, "AQID", "é", "a"])
def test_what_was_never_sealed_does_not_open(text: str, alice: User) -> None:
    with secrets_of(alice), pytest.raises(CannotOpen):
        open_secret(text)


def test_nothing_is_sealed_for_nobody() -> None:
    with pytest.raises(CannotOpen):
        seal_secret(SECRET)


def proven_by_code(person: User) -> Client:
    client = Client(HTTP_HOST="localhost:8000")
    client.force_login(person)
    client.post("/accounts/2fa/reauthenticate/", {"code": code_of(SECRET)})
    return client
