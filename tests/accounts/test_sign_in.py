"""Signing in and out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.sessions.store import SessionStore
from tests.base import PASSWORD

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/accounts/login/"
WRONG = "The email address or the password is wrong."


def sign_in(client: Client, **given: Any) -> Any:
    return client.post(
        PAGE, {"email": "alice@example.org", "password": PASSWORD} | given
    )


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {
        name: list(sentences)
        for name, sentences in response.context["form"].errors.items()
    }


def test_email_and_password_let_one_in(client: Client, alice: User) -> None:
    response = sign_in(client)

    assert (response.status_code, response.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("email", ["Alice@Example.ORG", "  alice@example.org\t"])
def test_case_and_spaces_do_not_count(email: str, client: Client, alice: User) -> None:
    assert sign_in(client, email=email).status_code == 302


def test_allauths_own_name_of_the_field_works_too(client: Client, alice: User) -> None:
    response = client.post(PAGE, {"login": alice.email, "password": PASSWORD})

    assert (response.status_code, response.url) == (302, "/")


def test_the_page_names_the_field_for_what_is_typed_there(client: Client) -> None:
    page = client.get(PAGE).content.decode()

    assert 'name="email"' in page
    assert 'name="login"' not in page


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"password": "not it at all"}, {"__all__": [WRONG]}),
        ({"email": "nobody@example.org"}, {"__all__": [WRONG]}),
        ({"password": PASSWORD + " "}, {"__all__": [WRONG]}),
        ({"password": PASSWORD.upper()}, {"__all__": [WRONG]}),
        ({"email": ""}, {"login": ["This field is required."]}),
        ({"password": ""}, {"password": ["This field is required."]}),
        ({"password": "   "}, {"__all__": [WRONG]}),
        ({"password": "a\x00b"}, {"password": ["Null characters are not allowed."]}),
        (
            {"email": "a\x00b@example.org"},
            {
                "login": [
                    "Enter a valid email address.",
                    "Null characters are not allowed.",
                ]
            },
        ),
        ({"email": "not an address"}, {"login": ["Enter a valid email address."]}),
        (
            {"password": "x" * 5000},
            {
                "password": [
                    "Ensure this value has at most 1024 characters (it has 5000)."
                ]
            },
        ),
    ],
)
def test_what_is_wrong_is_told_and_lets_nobody_in(
    given: dict[str, str], wrong: dict[str, list[str]], client: Client, alice: User
) -> None:
    assert errors(sign_in(client, **given)) == wrong
    assert "_auth_user_id" not in client.session


def test_the_answer_does_not_tell_who_is_here(client: Client, alice: User) -> None:
    answers = [
        sign_in(client, email=email, password="not it at all").content.decode()
        for email in ("alice@example.org", "alicf@example.org")
    ]
    known, unknown = (
        re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", answer)
        for answer in answers
    )

    assert known == unknown.replace("alicf", "alice")


def test_what_was_typed_comes_back_but_for_the_password(
    client: Client, alice: User
) -> None:
    page = sign_in(client, password="not it at all").content.decode()

    assert 'value="alice@example.org"' in page
    assert "not it at all" not in page


def test_the_session_key_is_new_after_signing_in(client: Client, alice: User) -> None:
    client.session.save()  # an attacker's, planted in the browser
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    sign_in(client)

    assert client.session.session_key != before
    assert not SessionStore().exists(before)


def test_the_session_cookie_is_out_of_reach_of_scripts(
    client: Client, alice: User
) -> None:
    cookie = sign_in(client).cookies["sessionid"]

    assert cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")


def test_an_account_that_was_switched_off_is_told_so(
    client: Client, alice: User
) -> None:
    User.objects.update(is_active=False)

    response = client.post(
        PAGE, {"email": alice.email, "password": PASSWORD}, follow=True
    )

    assert response.redirect_chain == [("/accounts/inactive/", 302)]
    assert "This account is not active" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_switching_an_account_off_ends_its_sessions(
    client_of: Any, alice: User
) -> None:
    client = client_of(alice)
    assert client.get("/settings/").status_code == 200

    User.objects.update(is_active=False)

    assert client.get("/settings/").status_code == 302


def test_after_signing_in_one_goes_where_one_wanted_to(
    client: Client, alice: User
) -> None:
    asked = client.get("/settings/")
    assert asked.url == f"{PAGE}?next=/settings/"
    page = client.get(asked.url).content.decode()
    assert '<input type="hidden" name="next" value="/settings/">' in page

    assert sign_in(client, next="/settings/").url == "/settings/"


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\x00",
    ],
)
def test_nobody_is_sent_to_another_site(
    place: str, client: Client, alice: User
) -> None:
    assert sign_in(client, next=place).url == "/"


@pytest.mark.parametrize("place", ["http://other.example/c/", "//sub.shared.example/"])
def test_nor_to_another_host_of_this_server(
    place: str, client: Client, alice: User, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example", ".shared.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["http://other.example"]
    response = sign_in(client, next=place)
    assert response.headers["Location"] == "/"


def test_the_browsers_time_zone_is_kept_when_there_was_none(
    client: Client, alice: User
) -> None:
    sign_in(client, timezone="Europe/Oslo")
    alice.refresh_from_db()
    assert alice.timezone == "Europe/Oslo"

    sign_in(Client(), timezone="Asia/Tokyo")
    alice.refresh_from_db()
    assert alice.timezone == "Europe/Oslo"


def test_a_form_from_another_site_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)

    assert sign_in(client).status_code == 403


def test_signing_out_asks_first(client_of: Any, alice: User) -> None:
    client = client_of(alice)

    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert "_auth_user_id" in client.session


def test_signing_out_ends_the_session_and_empties_the_browser(
    client_of: Any, alice: User
) -> None:
    client = client_of(alice)
    key = client.session.session_key

    response = client.post("/accounts/logout/")

    assert (response.status_code, response.url) == (302, PAGE)
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert "_auth_user_id" not in client.session
    assert not SessionStore().exists(key)
    assert "You have signed out." in client.get(PAGE).content.decode()


def test_signing_out_twice_is_harmless(client: Client) -> None:
    response = client.post("/accounts/logout/")

    assert (response.status_code, response.url) == (302, PAGE)
    assert "Clear-Site-Data" not in response


def test_signing_in_says_nothing_about_it(client: Client, alice: User) -> None:
    sign_in(client)

    assert list(client.get("/settings/").context["messages"]) == []
