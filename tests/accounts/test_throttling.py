"""Guessing passwords is slow, and locks nobody else out."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, override_settings

from accounts import throttling
from accounts.models import User
from tests.base import PASSWORD

PAGE = "/accounts/login/"
WRONG = "The email address or the password is wrong."
TOO_MANY = "Too many wrong passwords. Try again in 15 minutes, or reset the password."
ATTEMPTS, SECONDS = 5, 15 * 60  # as RATE_SIGN_INS is
HOME, HOME_TOO, AWAY = "192.0.2.10", "192.0.2.77", "198.51.100.4"


@pytest.fixture(autouse=True)
def limits_on(settings: Any) -> None:
    settings.RATE_LIMITS = True


def attempt(password: str, ip: str = HOME, email: str = "alice@example.org") -> str:
    """What a new browser at this address is told: "in", or the error."""
    response = Client(REMOTE_ADDR=ip).post(PAGE, {"email": email, "password": password})
    if response.status_code == 302:
        return "in"
    return response.context["form"].non_field_errors()[0]


def exhaust(ip: str = HOME, email: str = "alice@example.org") -> list[str]:
    return [attempt("not it at all", ip, email) for _ in range(ATTEMPTS)]


def test_after_five_wrong_passwords_even_the_right_one_is_refused(alice: User) -> None:
    assert exhaust() == [WRONG] * 5

    assert attempt(PASSWORD) == TOO_MANY


def test_the_refusal_says_for_how_long_and_keeps_the_form(alice: User) -> None:
    exhaust()
    given = {"email": "alice@example.org", "password": PASSWORD}

    refused = Client(REMOTE_ADDR=HOME).post(PAGE, given)

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= SECONDS
    assert "alice@example.org" in refused.content.decode()


def test_the_person_still_gets_in_from_another_network(alice: User) -> None:
    exhaust()

    assert attempt(PASSWORD, AWAY) == "in"


def test_neighbours_of_the_guesser_count_as_the_guesser(alice: User) -> None:
    exhaust()

    assert attempt(PASSWORD, HOME_TOO) == TOO_MANY


def test_other_people_of_the_same_network_still_get_in(alice: User, bob: User) -> None:
    exhaust()

    assert attempt(PASSWORD, HOME, bob.email) == "in"


def test_case_and_spaces_do_not_make_another_account(alice: User) -> None:
    for email in ["alice@example.org", "ALICE@example.org", " Alice@example.org "]:
        attempt("not it at all", email=email)
        attempt("not it at all", email=email)

    assert attempt(PASSWORD) == TOO_MANY


def test_addresses_that_are_not_here_are_throttled_alike(db: None) -> None:
    assert exhaust(email="nobody@example.org") == [WRONG] * 5
    assert attempt("x", email="nobody@example.org") == TOO_MANY


def test_signing_in_gives_all_attempts_back(alice: User) -> None:
    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            assert attempt("not it at all") == WRONG
        assert attempt(PASSWORD) == "in"


def test_after_fifteen_minutes_one_may_try_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    exhaust()
    now = __import__("time").time()
    monkeypatch.setattr("time.time", lambda: now + SECONDS - 5)
    assert attempt(PASSWORD) == TOO_MANY

    monkeypatch.setattr("time.time", lambda: now + SECONDS + 5)

    assert attempt(PASSWORD) == "in"


def test_the_limit_can_be_lifted(alice: User, settings: Any) -> None:
    settings.RATE_LIMITS = False

    assert exhaust() + exhaust() == [WRONG] * 10
    assert attempt(PASSWORD) == "in"


def test_reauthentication_is_limited_too(client_of: Any, alice: User) -> None:
    client = client_of(alice)
    told = [
        client.post("/accounts/reauthenticate/", {"password": "not it"})
        .context["form"]
        .errors["password"][0]
        for _ in range(ATTEMPTS + 1)
    ]

    assert told == ["Incorrect password."] * 5 + [TOO_MANY]


@override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "10/m/ip,50/h/key"})
def test_one_address_cannot_try_many_accounts(db: None) -> None:
    """Password spraying: allauth's limit per address, whoever is tried."""
    told = [attempt("x", email=f"person{number}@example.org") for number in range(11)]

    assert told == [WRONG] * 10 + [TOO_MANY]


@override_settings(ACCOUNT_RATE_LIMITS={"signup": "2/m/ip"})
def test_signing_up_too_often_gets_the_page_that_says_so(db: None) -> None:
    answers = [Client().post("/accounts/signup/", {}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Too many requests" in answers[-1].content.decode()


def test_attempts_count_before_they_are_known_to_be_wrong() -> None:
    """So many at the same moment are not all let through."""
    taken = [throttling.take(HttpRequest(), "a@example.org", HOME) for _ in range(7)]

    assert taken == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.10", "192.0.2.0/24"),
        ("::ffff:192.0.2.10", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("127.0.0.1", "127.0.0.0/24"),
    ],
)
def test_networks(ip: str, network: str) -> None:
    assert throttling.network(ip) == network
