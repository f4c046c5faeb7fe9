"""What signing in, proving oneself again and a new password do to sessions.

Django and allauth do these things in many ways and say so by signals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account import signals
from allauth.account.authentication import get_authentication_records
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Device, User
from accounts.sessions.clients import client_of
from accounts.sessions.ending import end_all, end_others
from accounts.sessions.store import SessionStore

How = Device.How
HOW: Mapping[str, Any] = {
    "password": How.PASSWORD,
    "socialaccount": How.PROVIDER,
    "password_reset": How.MAIL,
    "code": How.MAIL,
}


def connect() -> None:
    user_logged_in.connect(_signed_in)
    signals.authentication_step_completed.connect(_proved)
    signals.password_changed.connect(_new_password)
    signals.password_set.connect(_new_password)
    signals.password_reset.connect(_password_reset)
    post_save.connect(_saved, sender=User)


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    session = request.session
    if not isinstance(session, SessionStore):  # a test has another
        return
    if not session.is_new_key:  # the same person, in the session they had
        session.cycle_key()
    now = timezone.now()
    told = client_of(request).fields() | {"how": how(request, user)}
    session.describe(**told, created=now, last_seen=now)


def how(request: HttpRequest, user: User) -> str:
    """The first step counts: a second factor comes on top."""
    for step in get_authentication_records(request, user):
        if step.get("passwordless"):
            return str(How.PASSKEY)
        if known := HOW.get(step["method"]):
            return str(known)
    return str(How.UNKNOWN)


def _proved(request: HttpRequest, user: User, **extra: Any) -> None:
    """Whoever knew the key until now does not know the one that may do more."""
    if extra.get("reauthenticated"):
        request.session.cycle_key()


def _new_password(request: HttpRequest, user: User, **_: Any) -> None:
    """Sessions with the old one are of no use any more: nor are they to be kept."""
    end_others(user, request.session.session_key, by=user)


def _password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    end_all(user, by=user)


def _saved(instance: User, created: bool, **_: Any) -> None:
    if not created and not instance.is_active:
        end_all(instance)
