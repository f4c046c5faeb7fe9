"""Connecting an account of the provider to one's own, and taking it away."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils.html import escape

from accounts.models import AuditEvent, User
from tests.accounts.identities.conftest import (
    LOGIN,
    come_back,
    is_in,
    leave,
    sign_in,
)
from tests.accounts.identities.fake_provider import FakeProvider
from tests.base import client_of, proven_client_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
CONNECT = LOGIN + "?process=connect"
SECURITY = "/settings/security/"
DISCONNECT = "/accounts/3rdparty/"


def last_action() -> str:
    return AuditEvent.objects.latest("seq").action


def page_of(client: Client) -> str:
    return client.get(SECURITY).content.decode()


def test_it_is_connected_whatever_its_address(
    provider: FakeProvider, alice: User
) -> None:
    client = proven_client_of(alice)
    assert "Connect Corp" in page_of(client)

    response = sign_in(provider, client, process="connect")

    assert response.url == SECURITY
    assert SocialAccount.objects.get().user == alice
    assert last_action() == "accounts.identity_connected"
    assert "alice@corp.example" in page_of(client)
    alice.refresh_from_db()
    assert (alice.email, alice.name) == ("alice@example.org", "Alice")


def test_then_it_signs_in(provider: FakeProvider, alice: User) -> None:
    sign_in(provider, proven_client_of(alice), process="connect")
    client = Client()

    sign_in(provider, client)

    assert client.session["_auth_user_id"] == str(alice.pk)


def test_only_after_one_has_proven_who_one_is(
    provider: FakeProvider, alice: User
) -> None:
    response = client_of(alice).post(CONNECT)

    assert response.url.startswith("/accounts/reauthenticate/?next=")
    assert provider.asked == []


def test_and_a_stranger_signs_in_first(provider: FakeProvider, client: Client) -> None:
    assert client.post(CONNECT).url.startswith("/accounts/login/?next=")


def test_who_took_too_long_begins_again(
    provider: FakeProvider, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = proven_client_of(alice)
    said = provider.authorize(leave(client, process="connect"))
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 301)
    provider.claims = {"iat": int(now), "exp": int(now) + 500}

    assert come_back(client, said).url == SECURITY
    assert not SocialAccount.objects.exists()
    assert "That took too long." in page_of(client)
    assert "a-token" not in str(dict(client.session.items()))


def test_an_account_has_one_owner(
    provider: FakeProvider, alice: User, bob: User
) -> None:
    sign_in(provider, proven_client_of(alice), process="connect")
    his = proven_client_of(bob)

    sign_in(provider, his, process="connect")

    assert SocialAccount.objects.get().user == alice
    assert "already connected to a different account" in page_of(his)


def test_twice_is_once(provider: FakeProvider, alice: User) -> None:
    client = proven_client_of(alice)
    sign_in(provider, client, process="connect")
    sign_in(provider, client, process="connect")

    assert SocialAccount.objects.count() == 1


def test_it_is_disconnected(provider: FakeProvider, alice: User) -> None:
    client = proven_client_of(alice)
    sign_in(provider, client, process="connect")
    account = SocialAccount.objects.get()

    response = client.post(DISCONNECT, {"account": account.pk})

    assert response.url == SECURITY
    assert not SocialAccount.objects.exists()
    assert last_action() == "accounts.identity_removed"


def test_not_without_proof(provider: FakeProvider, alice: User) -> None:
    sign_in(provider, proven_client_of(alice), process="connect")
    account = SocialAccount.objects.get()

    response = client_of(alice).post(DISCONNECT, {"account": account.pk})

    assert response.url.startswith("/accounts/reauthenticate/")
    assert SocialAccount.objects.exists()


def test_somebody_elses_is_not_there(
    provider: FakeProvider, alice: User, bob: User
) -> None:
    sign_in(provider, proven_client_of(alice), process="connect")

    his = proven_client_of(bob)
    his.post(DISCONNECT, {"account": SocialAccount.objects.get().pk})

    assert SocialAccount.objects.exists()
    assert his.get(DISCONNECT).url == SECURITY


def test_the_last_way_in_is_kept(provider: FakeProvider, client: Client) -> None:
    sign_in(provider, client)

    client.post(DISCONNECT, {"account": SocialAccount.objects.get().pk})

    assert SocialAccount.objects.exists()
    words = escape("Set a password first: you could not sign in any more.")
    assert words in page_of(client)


def test_who_has_nothing_else_proves_themselves_by_signing_in_again(
    provider: FakeProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = "/accounts/2fa/totp/activate/"
    sign_in(provider, client)
    assert client.get(add).status_code == 200  # just signed in
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 301)
    provider.claims = {"iat": int(now), "exp": int(now) + 500}

    question = client.get(add)
    assert question.url.startswith("/accounts/reauthenticate/anew/?next=")
    assert "Continue with Corp" in client.get(question.url).content.decode()
    address = leave(client, next=add)
    assert "prompt=login" in address
    response = come_back(client, provider.authorize(address))

    assert response.url == add
    assert client.get(add).status_code == 200


def test_signing_in_as_somebody_else_changes_who_is_in(
    provider: FakeProvider, alice: User, client_of: Any
) -> None:
    """The button of the sign-in page, in a browser where Alice is signed in."""
    client = client_of(alice)
    sign_in(provider, client)

    assert is_in(client)
    assert client.session["_auth_user_id"] != str(alice.pk)
    assert not SocialAccount.objects.filter(user=alice).exists()
