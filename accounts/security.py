"""The part of the settings about signing in."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordChangeView, PasswordSetView
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import sessions
from accounts.factors.codes import recovery_codes_left
from accounts.factors.required import has_second_factor
from accounts.identities.adapter import configured
from accounts.models import User
from accounts.recently import proven_first

Type = Authenticator.Type

change_password = proven_first(has_second_factor)(PasswordChangeView.as_view())
set_password = proven_first(lambda _: True)(PasswordSetView.as_view())


@require_GET
@login_required
def security(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/security.html", _ways_in(request.user))


@require_POST
def sign_out_others(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("security")  # to sign in, and back to a page
    ended = sessions.end_others(
        request.user, request.session.session_key, by=request.user
    )
    messages.success(
        request,
        f"{ended} other device{'' if ended == 1 else 's'} signed out."
        if ended
        else "No other device was signed in.",
    )
    return redirect("security")


@require_GET
@login_required
def anew(request: HttpRequest) -> HttpResponse:
    """For those who have neither a password nor a factor to prove themselves with."""
    return render(request, "account/anew.html", {"next": request.GET.get("next", "")})


def _ways_in(person: User) -> dict[str, Any]:
    factors = list(Authenticator.objects.filter(user=person).order_by("pk"))
    return {
        "app": next((each for each in factors if each.type == Type.TOTP), None),
        "passkeys": [each for each in factors if each.type == Type.WEBAUTHN],
        "codes_left": recovery_codes_left(person),
        "identities": SocialAccount.objects.filter(user=person).order_by("pk"),
        "provider": settings.OIDC_NAME if configured() else "",
    }
