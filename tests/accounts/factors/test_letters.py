"""People are told by mail, in plain words, once what it tells of is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.factors.holding import code_of, give_passkey, proven
from tests.base import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
FACTORS = "/accounts/2fa/"
NEW = "nobody minds the gulls"


def add_app(client: Client, person: User) -> None:
    secret = client.get(FACTORS + "totp/activate/").context["form"].secret
    client.post(FACTORS + "totp/activate/", {"code": code_of(secret)})


def add_passkey(client: Client, person: User) -> None:
    give_passkey(person, client)


def remove_app(client: Client, person: User) -> None:
    add_app(client, person)
    client.post(FACTORS + "totp/deactivate/")


def make_codes(client: Client, person: User) -> None:
    add_app(client, person)
    client.post(FACTORS + "recovery-codes/generate/")


def remove_passkey(client: Client, person: User) -> None:
    give_passkey(person, client)
    row = person.authenticator_set.get(type="webauthn")
    client.post(f"{FACTORS}webauthn/keys/{row.pk}/remove/")


def change_password(client: Client, person: User) -> None:
    given = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    client.post("/accounts/password/change/", given)


@pytest.mark.parametrize(
    ("act", "subject", "words"),
    [
        (add_app, "App added to your account", "signing in asks for its code"),
        (remove_app, "App removed from your account", "does not ask for its code"),
        (add_passkey, "Passkey added to your account", "A passkey was added."),
        (remove_passkey, "Passkey removed from your account", "was removed."),
        (make_codes, "New recovery codes for your account", "Those from before"),
        (change_password, "Password changed", "Your password was changed."),
    ],
)
def test_a_change_is_told(
    act: Callable[..., None], subject: str, words: str, alice: User
) -> None:
    act(proven(alice), alice)

    letter = mail.outbox[-1]
    assert letter.subject == f"[Understory] {subject}"
    assert letter.to == [alice.email]
    assert words in letter.body
    assert "From: 127.0.0.1" in letter.body
    assert "http://localhost:8000/settings/security/" in letter.body
    assert letter.body.rstrip().endswith("Understory")
    assert not set("!&") & set(letter.body)


def test_a_mail_server_that_is_down_undoes_nothing(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    client = proven(alice)
    give_passkey(alice, client)

    assert alice.authenticator_set.filter(type="webauthn").exists()
