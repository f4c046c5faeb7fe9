"""Somebody who has just shown a second factor, in tests."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from tests.base import client_of


def give_factor(person: User) -> Authenticator:
    return Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": ""}
    )


def show_factor(client: Client, person: User, *, ago: float = 0) -> None:
    """As allauth remembers it in the session."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time()},
        {"method": "mfa", "at": time.time() - ago, "type": "totp"},
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def reader_client(person: User) -> Client:
    give_factor(person)
    client = client_of(person)
    show_factor(client, person)
    return client
