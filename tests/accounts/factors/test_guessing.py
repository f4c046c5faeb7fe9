"""Guessing codes is slow, is recorded, and keeps nobody out who is elsewhere."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts import limits
from accounts.models import AuditEvent, User
from tests.accounts.factors.holding import (
    LOCAL,
    SECOND_STEP,
    SECRET,
    code_of,
    first_step,
    give_app,
    give_passkey,
    is_in,
)
from tests.accounts.factors.test_app import ACTIVATE, WRONG, told

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HOME, AWAY = {"REMOTE_ADDR": "192.0.2.10"}, {"REMOTE_ADDR": "198.51.100.4"}
TOO_MANY = "Too many tries. Try again in 15 minutes."


@pytest.fixture(autouse=True)
def limits_on(settings: Any) -> None:
    settings.RATE_LIMITS = True
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1000/m/ip,50/h/key"}
    limits.forget()


def guess(client: Client, number: int) -> str:
    return told(client.post(SECOND_STEP, {"code": f"{number:06}"}))[0]


def test_sixty_guesses_are_five(alice: User) -> None:
    """Somebody with the password tries, at home; Alice is away."""
    give_app(alice)
    robber = first_step(alice, **HOME)
    wrong = [number for number in range(100) if f"{number:06}" not in _near()]

    answers = [guess(robber, number) for number in wrong[:60]]

    assert answers == [WRONG] * 5 + [TOO_MANY] * 55
    refused = robber.post(SECOND_STEP, {"code": code_of(SECRET)})
    assert told(refused) == [TOO_MANY]
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    assert not is_in(robber)
    victim = first_step(alice, **AWAY)
    victim.post(SECOND_STEP, {"code": code_of(SECRET)})
    assert is_in(victim)


def _near() -> set[str]:
    return {code_of(SECRET, later=each) for each in range(-3, 4)}


def test_a_new_browser_is_no_new_start(alice: User) -> None:
    give_app(alice)
    for number in range(5):
        guess(first_step(alice, **HOME), number)

    last = first_step(alice, **HOME)
    assert told(last.post(SECOND_STEP, {"code": code_of(SECRET)})) == [TOO_MANY]


def test_passkeys_that_are_none_count_too_and_lock_nobody_out(alice: User) -> None:
    give_passkey(alice)
    robber = first_step(alice, **HOME)
    for _ in range(60):
        robber.post(SECOND_STEP, {"credential": '{"id": "x"}'})
    failed = AuditEvent.objects.filter(action="accounts.second_factor_failed")
    assert failed.count() == 5

    victim = first_step(alice, **AWAY)
    assert told(victim.post(SECOND_STEP, {"code": "000000"})) == [WRONG]


def test_a_right_code_gives_the_tries_back(alice: User) -> None:
    codes = give_app(alice)
    for code in codes[:3]:
        client = first_step(alice, **HOME)
        for number in range(4):
            assert guess(client, number) == WRONG
        client.post(SECOND_STEP, {"code": code})
        assert is_in(client)


def test_the_code_of_a_new_app_is_not_guessed_either(alice: User) -> None:
    client = Client(**LOCAL, **HOME)
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": "the tide is out at noon"})
    client.get(ACTIVATE)

    answers = [told(client.post(ACTIVATE, {"code": "no"}))[0] for _ in range(7)]

    assert answers == [WRONG] * 5 + [TOO_MANY] * 2


def test_a_wrong_code_is_recorded_about_the_person_and_by_nobody(alice: User) -> None:
    give_app(alice)
    guess(first_step(alice, **HOME), 0)

    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.actor) == ("accounts.second_factor_failed", None)
    assert event.subject_kind == "accounts.person"
    assert event.details == {"kind": "code"}


def test_no_code_is_in_the_log(alice: User, caplog: pytest.LogCaptureFixture) -> None:
    codes = give_app(alice)
    with caplog.at_level(logging.DEBUG):
        client = first_step(alice)
        client.post(SECOND_STEP, {"code": "867530"})
        client.post(SECOND_STEP, {"code": codes[0]})

    assert is_in(client)
    written = caplog.text + str(list(AuditEvent.objects.values()))
    assert not {"867530", codes[0], SECRET} & set(written.split())
    assert all(secret not in written for secret in ("867530", codes[0], SECRET))


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_the_same_work_is_done_for_people_who_are_not_here(
    email: str, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: Any, password: str, *rest: Any) -> str:
        made.append(password)
        return encode(self, password, *rest)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    Client().post("/accounts/login/", {"email": email, "password": "not it at all"})

    assert made == ["not it at all"]
