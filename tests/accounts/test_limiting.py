"""Whoever asks too often is told so and when to come back; nobody else notices."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.base import PASSWORD, client_of, make_person
from tests.factories import create_conversation

pytestmark = pytest.mark.django_db
HOME, NEXT_DOOR, AWAY = "192.0.2.10", "192.0.2.99", "198.51.100.4"
TRIES = 30


@pytest.fixture(autouse=True)
def on(settings: Any) -> None:
    settings.RATE_LIMITS = True


def ask(path: str, ip: str = HOME, **headers: str) -> Any:
    return Client(REMOTE_ADDR=ip).get(path, headers=headers)


# --- of one network
def test_a_network_asks_so_often_and_then_waits(settings: Any) -> None:
    settings.RATE_REQUESTS = "3/minute"

    answers = [ask("/accounts/login/", ip) for ip in (HOME, NEXT_DOOR, HOME, NEXT_DOOR)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert ask("/accounts/login/", AWAY).status_code == 200


def test_the_answer_is_a_page_that_says_how_long(settings: Any) -> None:
    settings.RATE_REQUESTS = "1/hour"
    ask("/accounts/login/")

    answer = ask("/accounts/login/")

    assert "Too many requests" in answer.content.decode()
    assert "Wait 60 minutes" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers", [{"X-Fragment": "rows"}, {"Accept": "application/json"}]
)
def test_scripts_get_what_they_read(headers: dict[str, str], settings: Any) -> None:
    settings.RATE_REQUESTS = "1/minute"
    ask("/", **headers)

    answer = ask("/", **headers)

    told = json.loads(answer.content)
    assert told["code"] == "rate_limited" and "Try again in" in told["message"]
    assert told["retry_after"] == int(answer["Retry-After"])


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/static/css/app.css"])
def test_health_checks_and_files_are_not_counted(path: str, settings: Any) -> None:
    settings.RATE_REQUESTS = "1/minute"

    assert 429 not in {ask(path).status_code for _ in range(4)}


def test_it_costs_no_query_to_refuse(
    settings: Any, alice: User, django_assert_num_queries: Any
) -> None:
    settings.RATE_REQUESTS = "1/minute"
    client = client_of(alice)
    client.get("/settings/")

    with django_assert_num_queries(0):
        assert client.get("/settings/").status_code == 429


# --- behind proxies
@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_what_a_client_says_of_its_address_is_not_believed(
    proxies: int, settings: Any
) -> None:
    """Each of our proxies adds where a request came from at the end of the line."""
    settings.RATE_REQUESTS = "5/minute"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    added = ["192.0.2.7", "10.0.0.1"][:proxies]
    statuses = []
    for n in range(TRIES):
        line = ", ".join([f"203.0.{n}.1", f"203.1.{n}.1", *added])
        answer = Client(REMOTE_ADDR="10.0.0.2").get(
            "/accounts/login/", headers={"X-Forwarded-For": line}
        )
        statuses.append(answer.status_code)

    assert statuses == [200] * 5 + [429] * (TRIES - 5)


def test_behind_a_proxy_people_are_told_apart(settings: Any) -> None:
    settings.RATE_REQUESTS = "1/minute"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    for n in range(5):
        answer = ask("/accounts/login/", **{"X-Forwarded-For": f"203.0.{n}.1"})
        assert answer.status_code == 200


@pytest.mark.parametrize("line", ["nonsense", "", ",,,", "::", "1.2.3", "203.0.113.9"])
def test_whoever_hides_their_address_shares_a_limit(line: str, settings: Any) -> None:
    settings.RATE_REQUESTS = "2/minute"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2

    answers = [ask("/livez/", **{"X-Forwarded-For": line}) for _ in range(3)]

    assert [each.status_code for each in answers] == [404, 404, 429]


# --- of one person
def test_a_persons_browsers_share_a_limit(
    settings: Any, alice: User, bob: User
) -> None:
    settings.RATE_PAGES = "2/minute"

    answers = [client_of(alice).get("/settings/") for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert client_of(bob).get("/settings/").status_code == 200


def test_downloads_cost_more_than_pages(settings: Any, alice: User) -> None:
    settings.RATE_DOWNLOADS = "2/hour"
    talk, client = create_conversation(alice, messages=2), client_of(alice)
    paths = [f"/c/{talk.id}/export.json", "/settings/facts.json"]

    statuses = [client.get(path).status_code for path in (*paths, *paths)]

    assert statuses == [200, 200, 429, 429]
    assert client.get(f"/c/{talk.id}/").status_code == 200


# --- forms of strangers
def test_mails_are_sent_so_often_from_one_network(settings: Any) -> None:
    settings.RATE_MAILS = "2/hour"
    people = [make_person(name) for name in ("Ann", "Ben", "Cleo")]

    statuses = [
        Client(REMOTE_ADDR=HOME)
        .post("/accounts/password/reset/", {"email": person.email})
        .status_code
        for person in people
    ]

    assert statuses == [302, 302, 429]
    assert len(mail.outbox) == 2
    assert ask("/accounts/password/reset/").status_code == 200, "looking is free"


def test_accounts_are_made_so_often_from_one_network(settings: Any) -> None:
    settings.RATE_SIGN_UPS, settings.SIGNUP_OPEN = "2/hour", True

    def sign_up(n: int, ip: str) -> int:
        given = {"email": f"person{n}@example.org", "password1": PASSWORD}
        return Client(REMOTE_ADDR=ip).post("/accounts/signup/", given).status_code

    assert [sign_up(n, HOME) for n in range(3)] == [302, 302, 429]
    assert sign_up(4, AWAY) == 302
    assert User.objects.count() == 3


def test_nobody_is_locked_out_by_who_guesses_elsewhere(alice: User) -> None:
    guess = {"email": alice.email, "password": "not it at all"}
    for _ in range(20):
        Client(REMOTE_ADDR=AWAY).post("/accounts/login/", guess)

    answer = Client(REMOTE_ADDR=HOME).post(
        "/accounts/login/", {"email": alice.email, "password": PASSWORD}
    )

    assert answer.status_code == 302
