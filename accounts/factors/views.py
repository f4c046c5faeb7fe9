"""Adding and removing second factors: allauth's pages, each act with its record."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from accounts.audit import record
from accounts.factors import codes, passkeys
from chatsite.lib.env import is_loopback

SECURITY = reverse_lazy("security")
Type = Authenticator.Type


def added(request: HttpRequest, factor: Authenticator, kind: str, new: bool) -> None:
    """Who adds a factor has just used it. ``new``: recovery codes were made with it."""
    record_authentication(
        request,
        request.user,
        method="mfa",
        id=factor.pk,
        type=factor.type,
        reauthenticated=True,
    )
    record("accounts.second_factor_added", actor=request.user, kind=kind)
    if new:
        record("accounts.recovery_codes_made", actor=request.user)


@method_decorator(sensitive_post_parameters("code"), name="dispatch")
class AddApp(ActivateTOTPView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        codes.burn(self.request.user, form.step)
        factor = Authenticator.objects.get(user=self.request.user, type=Type.TOTP)
        added(self.request, factor, "app", self.did_generate_recovery_codes)
        return response


class RemoveApp(DeactivateTOTPView):
    success_url = SECURITY

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        record("accounts.second_factor_removed", actor=self.request.user, kind="app")
        return response


class AddPasskey(AddWebAuthnView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        factor = Authenticator.objects.filter(
            user=self.request.user, type=Type.WEBAUTHN
        ).latest("pk")
        added(self.request, factor, "passkey", self.did_generate_recovery_codes)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = super().get_context_data(**kwargs)
        return told | {
            "form": kwargs.get("form") or self.get_form(),
            "impossible": passkeys.impossible_here(self.request),
            "localhost": _as_localhost(self.request),
        }


class RemovePasskey(RemoveWebAuthnView):
    success_url = SECURITY

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        record(
            "accounts.second_factor_removed", actor=self.request.user, kind="passkey"
        )
        return response


class MakeRecoveryCodes(GenerateRecoveryCodesView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        record("accounts.recovery_codes_made", actor=self.request.user)
        return response


class SignInWithPasskey(LoginWebAuthnView):
    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        there = passthrough_next_redirect_url(self.request, response.url, "next")
        return redirect(there)


class ProveByPasskey(ReauthenticateWebAuthnView):
    def form_invalid(self, form: Any) -> HttpResponse:
        for problem in form.errors.get("credential", []):
            messages.error(self.request, problem)
        return redirect(self.passthrough_next_url(self.request.path))


def _as_localhost(request: HttpRequest) -> str:
    """The same page under the name that browsers give keys to; "" from elsewhere."""
    host, port = split_domain_port(request.get_host())
    if not is_loopback(host):
        return ""
    return f"http://localhost:{port or 80}{reverse('mfa_add_webauthn')}"
