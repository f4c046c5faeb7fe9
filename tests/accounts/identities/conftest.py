"""A site that knows a provider, and what a browser does between the two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.accounts.identities.fake_provider import (
    CLIENT,
    SECRET,
    FakeProvider,
    running,
)

LOGIN = "/accounts/oidc/sso/login/"
CALLBACK = LOGIN + "callback/"


@pytest.fixture(scope="package")
def server() -> Iterator[FakeProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(server: FakeProvider, settings: Any, db: None) -> FakeProvider:
    server.person = {"sub": "alice-7", "name": "Alice Liddell"}
    server.person |= {"email": "alice@corp.example", "email_verified": True}
    server.claims, server.told, server.userinfo = {}, {}, {}
    server.signed_with, server.kid = None, "1"
    server.asked, server.codes = [], {}
    settings.OIDC_ISSUER = server.issuer
    settings.OIDC_NAME = "Corp"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    return server


def leave(client: Client, **given: str) -> str:
    """The address at the provider that the browser goes to."""
    process = given.pop("process", "")
    there = LOGIN + (f"?process={process}" if process else "")
    answer = client.post(there, given)
    assert answer.status_code == 200, answer
    return answer["Refresh"].removeprefix("0;url=")


def come_back(client: Client, said: dict[str, str]) -> Any:
    return client.get(CALLBACK, said)


def sign_in(provider: FakeProvider, client: Client, **given: str) -> Any:
    return come_back(client, provider.authorize(leave(client, **given)))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
