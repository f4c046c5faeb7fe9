"""Who must use a second factor, and whether they have in this session."""

from __future__ import annotations

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.policies import policy

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(person: User) -> bool:
    return Authenticator.objects.filter(user=person, type__in=FACTORS).exists()


def used_second_factor(request: HttpRequest) -> bool:
    """A passkey alone counts: it is something one has, and a finger or a PIN."""
    steps = get_authentication_records(request, request.user)
    return any(step.get("method") == "mfa" for step in steps)


def staff_must_prove(request: HttpRequest) -> HttpResponse | None:
    """Where staff go before the administration; None: in.

    Raises ``ReauthenticationRequired`` for those who have a factor and did not use it.
    """
    if not policy("staff_second_factor"):
        return None
    if not has_second_factor(request.user):
        messages.warning(
            request,
            "The administration asks for a second factor. Add one, then go back.",
        )
        return redirect("security")
    if not used_second_factor(request):
        raise ReauthenticationRequired
    return None
