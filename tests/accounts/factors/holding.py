"""People who hold second factors, and what they type. RFC 6238, written again."""

from __future__ import annotations

import base64
import hmac
import struct
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.factors.sealing import secrets_of
from accounts.models import User
from tests.accounts.factors.soft_key import SoftKey, sent
from tests.base import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOCAL = {"HTTP_HOST": "localhost:8000"}
SECOND_STEP = "/accounts/2fa/authenticate/"
ADD = "/accounts/2fa/webauthn/add/"
PASSKEY_LOGIN = "/accounts/2fa/webauthn/login/"


def code_of(secret: str, at: float | None = None, later: int = 0) -> str:
    """What the app shows at that moment, or so many half minutes later."""
    step = int(time.time() if at is None else at) // 30 + later
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def give_app(person: User, secret: str = SECRET) -> list[str]:
    """An app, and recovery codes, which are returned."""
    with secrets_of(person):
        TOTP.activate(person, secret)
        return RecoveryCodes.activate(person).generate_codes()


def give_passkey(person: User, client: Client | None = None) -> SoftKey:
    """Added on the page, after the password."""
    client = client or proven(person)
    key = SoftKey()
    answer = client.post(ADD, sent(key.create(offered(client))) | {"name": "Phone"})
    assert answer.status_code == 302, answer.context["form"].errors
    return key


def offered(client: Client, there: str = ADD) -> dict[str, Any]:
    """What the page asks the browser for."""
    (options,) = client.get(there).context["js_data"].values()
    return options["publicKey"]


def challenge(client: Client) -> dict[str, Any]:
    """The same for somebody who has not said who they are."""
    answer = client.get(PASSKEY_LOGIN, headers={"Accept": "application/json"})
    return answer.json()["request_options"]["publicKey"]


def proven(person: User, **extra: str) -> Client:
    client = Client(**LOCAL | extra)
    client.force_login(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def first_step(person: User, password: str = PASSWORD, **extra: str) -> Client:
    """A browser that has sent the password and not yet the code."""
    client = Client(**LOCAL | extra)
    client.post("/accounts/login/", {"email": person.email, "password": password})
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def factors_of(person: User) -> list[str]:
    rows = Authenticator.objects.filter(user=person)
    return sorted(rows.values_list("type", flat=True))
