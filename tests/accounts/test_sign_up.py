"""Making one's own account."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import DataKey, User
from tests.base import PASSWORD, TOO_SHORT

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/accounts/signup/"
TAKEN = "Someone with this email address is here already."


def sign_up(client: Client, **given: Any) -> Any:
    return client.post(
        PAGE, {"email": "maya@example.org", "password1": PASSWORD} | given
    )


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {
        name: list(sentences)
        for name, sentences in response.context["form"].errors.items()
    }


def test_email_and_password_are_enough(client: Client) -> None:
    response = sign_up(client)

    assert (response.status_code, response.url) == (302, "/")
    maya = User.objects.get()
    assert client.session["_auth_user_id"] == str(maya.pk)
    assert (maya.email, maya.name, maya.timezone) == ("maya@example.org", "", "")
    assert maya.check_password(PASSWORD)
    assert (maya.is_staff, maya.is_superuser) == (False, False)
    assert DataKey.objects.get().user_id == maya.pk
    assert EmailAddress.objects.filter(
        email="maya@example.org", user=maya, primary=True, verified=True
    ).exists()


def test_a_name_and_the_browsers_time_zone_are_kept(client: Client) -> None:
    sign_up(client, name=" Maya L ", timezone="Europe/Oslo")

    maya = User.objects.get()
    assert (maya.name, maya.timezone) == ("Maya L", "Europe/Oslo")


@pytest.mark.parametrize(
    "zone", ["Middle/Earth", "../../etc/passwd", "\x00", "x" * 9000]
)
def test_a_strange_time_zone_is_no_reason_to_refuse(zone: str, client: Client) -> None:
    assert sign_up(client, timezone=zone).status_code == 302
    assert User.objects.get().timezone == ""


def test_a_second_password_field_is_ignored(client: Client) -> None:
    assert sign_up(client, password2="something else").status_code == 302


def test_case_and_spaces_around_the_address_do_not_count(client: Client) -> None:
    sign_up(client, email="  MAYA@Example.org ")

    assert User.objects.get().email == "maya@example.org"


@pytest.mark.parametrize("email", ["alice@example.org", "Alice@EXAMPLE.org "])
def test_an_address_that_is_taken(email: str, client: Client, alice: User) -> None:
    assert errors(sign_up(client, email=email)) == {"email": [TAKEN]}
    assert User.objects.count() == 1


def test_of_two_requests_at_once_the_second_is_told(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "accounts.forms.SignUpForm.validate_unique_email", lambda self, email: email
    )

    response = sign_up(client, email=alice.email)

    assert (response.status_code, response.url) == (302, PAGE)
    assert TAKEN in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"email": ""}, {"email": ["This field is required."]}),
        ({"email": "maya"}, {"email": ["Enter a valid email address."]}),
        (
            {"email": "ma\x00ya@example.org"},
            {
                "email": [
                    "Enter a valid email address.",
                    "Null characters are not allowed.",
                ]
            },
        ),
        (
            {"email": "x" * 250 + "@example.org"},
            {"email": ["This is longer than 254 characters."]},
        ),
        ({"password1": ""}, {"password1": ["This field is required."]}),
        (
            {"password1": "password"},
            {
                "password1": [
                    TOO_SHORT,
                    "This password is too common.",
                ]
            },
        ),
        (
            {"password1": "1029384756"},
            {
                "password1": [
                    "This password is too common.",
                    "This password is entirely numeric.",
                ]
            },
        ),
        (
            {"password1": "maya@example.org"},
            {"password1": ["The password is too similar to the email address."]},
        ),
        (
            {"name": "Maya Lindqvist", "password1": "maya lindqvist"},
            {"password1": ["The password is too similar to the display name."]},
        ),
        (
            {"password1": PASSWORD + "\x00"},
            {"password1": ["Null characters are not allowed."]},
        ),
        (
            {"password1": "long " * 10_000},
            {"password1": ["This password is too long. 1024 characters are enough."]},
        ),
        ({"name": "a\x00b"}, {"name": ["Null characters are not allowed."]}),
    ],
)
def test_what_is_wrong_is_told_in_sentences(
    given: dict[str, str], wrong: dict[str, list[str]], client: Client
) -> None:
    assert errors(sign_up(client, **given)) == wrong
    assert not User.objects.exists()


def test_errors_are_tied_to_their_fields(client: Client) -> None:
    page = sign_up(client, password1="password").content.decode()

    assert 'aria-describedby="id_password1_helptext id_password1_error"' in page
    assert 'id="id_password1_error"' in page
    assert 'id="id_password1_helptext"' in page
    assert 'value="maya@example.org"' in page
    assert 'value="password"' not in page


def test_a_long_pass_phrase_is_welcome(client: Client) -> None:
    phrase = "the tide is out and nobody minds " * 20

    assert sign_up(client, password1=phrase).status_code == 302
    assert User.objects.get().check_password(phrase)


def test_nobody_becomes_an_administrator_by_asking(client: Client) -> None:
    sign_up(client, is_staff="on", is_superuser="on", is_active="on", id="1")

    assert not User.objects.get().is_staff
    assert not User.objects.get().is_superuser


def test_after_signing_up_one_goes_where_one_wanted_to(client: Client) -> None:
    assert sign_up(client, next="/settings/").url == "/settings/"


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "\x00"])
def test_nobody_is_sent_to_another_site(place: str, client: Client) -> None:
    assert sign_up(client, next=place).url == "/"


class TestClosed:
    """``SIGNUP_OPEN=false``"""

    @pytest.fixture(autouse=True)
    def closed(self, settings: Any) -> None:
        settings.SIGNUP_OPEN = False

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_the_page_says_whom_to_ask(self, method: str, client: Client) -> None:
        response = (
            client.get(PAGE)
            if method == "get"
            else client.post(PAGE, {"email": "m@example.org", "password1": PASSWORD})
        )

        assert "Ask your administrator" in response.content.decode()
        assert "<form" not in response.content.decode()
        assert not User.objects.exists()

    def test_signing_in_does_not_offer_it(self, client: Client) -> None:
        assert PAGE not in client.get("/accounts/login/").content.decode()


def test_signing_in_offers_it_while_it_is_open(client: Client) -> None:
    assert PAGE in client.get("/accounts/login/").content.decode()


def test_someone_signed_in_is_sent_home(client_of: Any, alice: User) -> None:
    response = client_of(alice).get(PAGE)

    assert (response.status_code, response.url) == (302, "/")
