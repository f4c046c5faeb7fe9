"""Signing in, and up, with an account of the provider."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client

from accounts.models import AuditEvent, User
from tests.accounts.factors.holding import SECOND_STEP, SECRET, code_of, give_app
from tests.accounts.identities.conftest import (
    CALLBACK,
    LOGIN,
    come_back,
    is_in,
    leave,
    sign_in,
)
from tests.accounts.identities.fake_provider import DISCOVERY, FakeProvider

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def messages(client: Client) -> str:
    return client.get("/accounts/login/").content.decode()


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def test_somebody_new_gets_an_account(provider: FakeProvider, client: Client) -> None:
    response = sign_in(provider, client)

    assert (response.status_code, response.url) == (302, "/")
    person = User.objects.get()
    assert (person.email, person.name) == ("alice@corp.example", "Alice Liddell")
    assert not person.has_usable_password()
    assert client.session["_auth_user_id"] == str(person.pk)
    assert EmailAddress.objects.get().verified
    assert actions() == ["accounts.signed_up", "accounts.signed_in"]


def test_and_comes_back_to_it(provider: FakeProvider, client: Client) -> None:
    sign_in(provider, client)
    other = Client()
    provider.person["email"] = "renamed@corp.example"  # who they are stays

    sign_in(provider, other)

    assert other.session["_auth_user_id"] == client.session["_auth_user_id"]
    assert User.objects.count() == 1


def test_the_key_of_the_session_is_new(provider: FakeProvider, client: Client) -> None:
    address = leave(client)
    before = client.session.session_key

    come_back(client, provider.authorize(address))

    assert client.session.session_key != before


def test_what_the_provider_is_asked(provider: FakeProvider, client: Client) -> None:
    wanted = dict(parse_qsl(urlsplit(leave(client)).query))

    assert set(wanted.pop("scope").split()) == {"openid", "profile", "email"}
    assert wanted.pop("redirect_uri") == "http://testserver" + CALLBACK
    for secret in ("state", "nonce", "code_challenge"):
        assert len(wanted.pop(secret)) >= 16
    assert wanted == {
        "client_id": "understory",
        "response_type": "code",
        "code_challenge_method": "S256",
    }


def test_a_link_cannot_ask_for_more(provider: FakeProvider, client: Client) -> None:
    more = "?scope=admin&auth_params=nonce%3Dmine%26redirect_uri%3Dhttps://evil.example"
    answer = client.post(LOGIN + more)
    asked = dict(parse_qsl(urlsplit(answer["Refresh"]).query))

    assert "admin" not in asked["scope"]
    assert asked["nonce"] != "mine"
    assert "evil" not in answer["Refresh"]


def test_looking_does_not_leave(provider: FakeProvider, client: Client) -> None:
    page = client.get(LOGIN)

    assert "Refresh" not in page
    assert "Sign in with Corp" in page.content.decode()
    assert provider.asked == []


def test_a_form_of_another_site_does_not_either(provider: FakeProvider) -> None:
    assert Client(enforce_csrf_checks=True).post(LOGIN).status_code == 403


@pytest.mark.parametrize(
    ("place", "there"), [("/settings/", "/settings/"), ("https://evil.example/", "/")]
)
def test_one_goes_where_one_wanted_to(
    place: str, there: str, provider: FakeProvider, client: Client
) -> None:
    assert sign_in(provider, client, next=place).url == there


def test_the_providers_document_is_remembered(provider: FakeProvider) -> None:
    for _ in range(3):
        sign_in(provider, Client())

    assert provider.asked.count(DISCOVERY) == provider.asked.count("/keys") == 1
    assert provider.asked.count("/token") == 3


def test_a_new_key_of_the_provider_is_found(provider: FakeProvider) -> None:
    sign_in(provider, Client())
    provider.kid = "2"
    client = Client()

    sign_in(provider, client)

    assert is_in(client)


def test_the_address_may_be_told_apart(provider: FakeProvider, client: Client) -> None:
    provider.person = {"sub": "alice-7"}
    provider.userinfo = {"sub": "alice-7", "email": "al@corp.example", "name": "Al"}

    sign_in(provider, client)

    assert (User.objects.get().email, User.objects.get().name) == (
        "al@corp.example",
        "Al",
    )


def test_a_second_factor_is_asked_for_all_the_same(provider: FakeProvider) -> None:
    sign_in(provider, Client())
    give_app(User.objects.get())
    client = Client()

    response = sign_in(provider, client)

    assert response.url == SECOND_STEP
    assert not is_in(client)
    client.post(SECOND_STEP, {"code": code_of(SECRET)})
    assert is_in(client)


def test_what_is_kept_of_the_provider(provider: FakeProvider, client: Client) -> None:
    provider.person |= {"picture": "https://corp.example/a.png", "phone": "12345678"}
    sign_in(provider, client)

    account = SocialAccount.objects.get()
    assert account.extra_data == {
        "iss": provider.issuer,
        "sub": "alice-7",
        "email": "alice@corp.example",
    }
    assert re.fullmatch(r"[0-9a-f]{64}", account.uid)
    assert not account.socialtoken_set.exists()


def test_the_same_name_at_another_provider_is_somebody_else(
    provider: FakeProvider, settings: Any
) -> None:
    sign_in(provider, Client())
    settings.OIDC_ISSUER = provider.issuer.replace("127.0.0.1", "localhost")
    old, provider.issuer = provider.issuer, settings.OIDC_ISSUER
    provider.person["email"] = "other@corp.example"
    try:
        client = Client()
        sign_in(provider, client)
    finally:
        provider.issuer = old

    assert User.objects.count() == 2
    assert client.session["_auth_user_id"] == str(
        User.objects.get(email="other@corp.example").pk
    )


@pytest.mark.parametrize("verified", [True, False, None])
def test_an_address_does_not_open_an_account(
    verified: bool | None, provider: FakeProvider, client: Client, alice: User
) -> None:
    provider.person |= {"email": "Alice@Example.org", "email_verified": verified}

    response = sign_in(provider, client)

    assert response.url == "/accounts/login/"
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert "then connect Corp in the settings" in messages(client)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"email": None}, "did not tell your email address"),
        ({"email": "nonsense"}, "did not tell your email address"),
        ({"email": "a" * 300 + "@corp.example"}, "did not tell your email address"),
        ({"email_verified": False}, "Confirm your email address with Corp first."),
        ({"email_verified": "false"}, "Confirm your email address with Corp first."),
    ],
)
def test_without_an_address_there_is_no_account(
    person: dict[str, Any], words: str, provider: FakeProvider, client: Client
) -> None:
    provider.person |= person
    provider.userinfo = {"sub": "alice-7"}

    sign_in(provider, client)

    assert not User.objects.exists()
    assert words in messages(client)


def test_sign_up_may_be_closed_and_the_provider_vouches(
    provider: FakeProvider, client: Client, settings: Any
) -> None:
    settings.SIGNUP_OPEN = False

    sign_in(provider, client)

    assert is_in(client)


def test_or_may_not(provider: FakeProvider, client: Client, settings: Any) -> None:
    settings.OIDC_SIGNUP = False

    response = sign_in(provider, client)

    assert "Sign-up is closed" in response.content.decode()
    assert not User.objects.exists()


def test_somebody_switched_off_is_told_so(
    provider: FakeProvider, client: Client
) -> None:
    sign_in(provider, Client())
    User.objects.update(is_active=False)

    assert sign_in(provider, client).url == "/accounts/inactive/"
    assert not is_in(client)


def test_the_button_is_there_when_there_is_a_provider(
    provider: FakeProvider, client: Client, settings: Any
) -> None:
    assert "Continue with Corp" in client.get("/accounts/login/").content.decode()

    settings.OIDC_ISSUER = ""
    page = client.get("/accounts/login/").content.decode()
    assert "openid" not in page and "/accounts/oidc/" not in page
    assert client.get(LOGIN).status_code == client.get(CALLBACK).status_code == 404


def test_a_row_of_a_table_is_no_provider(client: Client, db: None) -> None:
    SocialApp.objects.create(
        provider="openid_connect", provider_id="evil", name="Evil", client_id="x"
    )

    assert client.get("/accounts/oidc/evil/login/").status_code == 404
