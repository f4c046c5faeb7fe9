"""What is refused between the provider and us, each with the same page."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client

from accounts.identities import tokens
from accounts.models import User
from tests.accounts.identities.conftest import come_back, is_in, leave, sign_in
from tests.accounts.identities.fake_provider import CLIENT, FakeProvider

pytestmark = pytest.mark.django_db


def refused(response: Any, client: Client) -> bool:
    return (
        response.status_code == 401
        and "That did not work" in response.content.decode()
        and not is_in(client)
        and not User.objects.exists()
    )


@pytest.mark.parametrize("state", ["", "another", None])
def test_a_state_that_is_not_ours(
    state: str | None, provider: FakeProvider, client: Client
) -> None:
    said = provider.authorize(leave(client))
    said = {"code": said["code"]} | ({} if state is None else {"state": state})

    assert refused(come_back(client, said), client)
    assert "/token" not in provider.asked


def test_an_answer_in_another_browser(provider: FakeProvider, client: Client) -> None:
    said = provider.authorize(leave(Client()))
    leave(client)

    assert refused(come_back(client, said), client)


def test_an_answer_a_second_time(provider: FakeProvider, client: Client) -> None:
    said = provider.authorize(leave(client))
    come_back(client, said)
    client.post("/accounts/logout/")

    assert come_back(client, said).status_code == 401
    assert not is_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-site"},
        {"aud": None},
        {"aud": [CLIENT, "another-site"]},
        {"azp": "another-site"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"iat": int(time.time()) + 86_400},
        {"nbf": int(time.time()) + 86_400},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
    ids="".join,  # their names: the times differ between processes
)
def test_a_token_that_is_not_for_this(
    claims: dict[str, Any], provider: FakeProvider, client: Client
) -> None:
    provider.claims = claims

    assert refused(sign_in(provider, client), client)


def test_several_sites_if_it_was_made_for_this_one(
    provider: FakeProvider, client: Client
) -> None:
    provider.claims = {"aud": [CLIENT, "another-site"], "azp": CLIENT}

    sign_in(provider, client)

    assert is_in(client)


def test_a_signature_of_somebody_else(provider: FakeProvider, client: Client) -> None:
    provider.signed_with = rsa.generate_private_key(65537, 2048)

    assert refused(sign_in(provider, client), client)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_weaker_algorithm(
    algorithm: str,
    provider: FakeProvider,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forged(self: FakeProvider, nonce: str | None) -> str:
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60}
        said |= {"sub": "alice-7", "nonce": nonce, "email": "alice@corp.example"}
        key = "" if algorithm == "none" else "known to all, and quite long enough, too"
        return jwt.encode(said, key, algorithm, headers={"kid": self.kid})

    monkeypatch.setattr(FakeProvider, "id_token", forged)

    assert refused(sign_in(provider, client), client)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é"])
def test_no_token(
    token: str,
    provider: FakeProvider,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FakeProvider, "id_token", lambda *_: token)

    assert refused(sign_in(provider, client), client)


def test_the_code_is_of_no_use_without_the_verifier(
    provider: FakeProvider, client: Client
) -> None:
    """Somebody who saw the code go by spends it from a browser of their own."""
    theirs = provider.authorize(leave(Client()))
    state = provider.authorize(leave(client))["state"]

    assert refused(come_back(client, theirs | {"state": state}), client)


def test_the_verifier_stays_here(provider: FakeProvider, client: Client) -> None:
    address = leave(client)
    (state,) = _states(client.session)

    assert state["pkce_code_verifier"] not in address


def _states(session: SessionBase) -> list[dict[str, str]]:
    return [state for state, *_ in session["socialaccount_states"].values()]


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "ftp://127.0.0.1/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": ""},
    ],
    ids=str,
)
def test_a_document_that_is_wrong(
    told: dict[str, Any], provider: FakeProvider, client: Client
) -> None:
    provider.told = told

    assert refused(client.post("/accounts/oidc/sso/login/"), client)


def test_a_plain_address_of_an_encrypted_issuer() -> None:
    assert not tokens._as_safe("http://corp.example/token", "https://corp.example")
    assert tokens._as_safe("https://login.example/token", "https://corp.example")


def test_a_provider_that_does_not_answer(
    provider: FakeProvider, client: Client, settings: Any
) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"

    assert refused(client.post("/accounts/oidc/sso/login/"), client)


def test_a_provider_that_sends_us_elsewhere(
    provider: FakeProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"to": provider.issuer + "/keys"}
    monkeypatch.setattr(FakeProvider, "answer", lambda *_: (302, elsewhere))

    assert refused(client.post("/accounts/oidc/sso/login/"), client)


def test_an_answer_of_another_provider(provider: FakeProvider, client: Client) -> None:
    said = provider.authorize(leave(client)) | {"iss": "https://evil.example"}

    assert refused(come_back(client, said), client)


def test_what_else_is_told_is_of_the_same_person(
    provider: FakeProvider, client: Client
) -> None:
    provider.person = {"sub": "alice-7"}
    provider.userinfo = {"sub": "somebody-else", "email": "al@corp.example"}

    assert refused(sign_in(provider, client), client)


@pytest.mark.parametrize("error", ["server_error", "invalid_scope", ""])
def test_an_error_of_the_provider(
    error: str, provider: FakeProvider, client: Client
) -> None:
    state = provider.authorize(leave(client))["state"]

    assert refused(come_back(client, {"error": error, "state": state}), client)


def test_somebody_who_changed_their_mind(
    provider: FakeProvider, client: Client
) -> None:
    state = provider.authorize(leave(client))["state"]

    response = client.get(
        "/accounts/oidc/sso/login/callback/",
        {"error": "access_denied", "state": state},
        follow=True,
    )

    assert "Nobody was signed in." in response.content.decode()


def test_what_went_wrong_is_in_the_log_without_secrets(
    provider: FakeProvider, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    provider.claims = {"aud": "another-site"}
    sign_in(provider, client)

    assert "Sign-in with Corp failed: its token: InvalidAudienceError" in caplog.text
    assert "a-token" not in caplog.text and "eyJ" not in caplog.text


def test_every_question_has_a_timeout(
    provider: FakeProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[Any] = []
    send = __import__("requests").adapters.HTTPAdapter.send

    def noting(self: Any, request: Any, **given: Any) -> Any:
        waits.append(given["timeout"])
        return send(self, request, **given)

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", noting)
    sign_in(provider, client)

    assert waits == [5, 5, 5]  # the document, the token, the keys
