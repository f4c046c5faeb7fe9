"""Whether somebody has just shown a second factor, not merely once this week."""

from __future__ import annotations

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(request: HttpRequest) -> bool:
    return Authenticator.objects.filter(user=request.user, type__in=TYPES).exists()


def is_recent(request: HttpRequest) -> bool:
    """By code or key: a password alone is what a thief has."""
    shown = get_authentication_records(request, request.user)
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(each["method"] == "mfa" and each["at"] > since for each in shown)


def where_to_show_one(request: HttpRequest) -> str:
    """And come back from there."""
    totp = Authenticator.objects.filter(
        user=request.user, type=Authenticator.Type.TOTP
    ).exists()
    page = "mfa_reauthenticate" if totp else "mfa_reauthenticate_webauthn"
    return f"{reverse(page)}?{urlencode({'next': request.get_full_path()})}"
