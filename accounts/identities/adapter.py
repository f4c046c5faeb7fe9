"""What allauth asks the product about accounts of another provider."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.internal.flows.manage_email import assess_unique_email
from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
)
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.forms import DisconnectForm
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.signals import social_account_added
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from accounts.audit import record
from accounts.models import User

log = logging.getLogger(__name__)
EMAIL_AT_MOST = User._meta.get_field("email").max_length
NAME_AT_MOST = User._meta.get_field("name").max_length
KIND, NAME = "openid_connect", "sso"  # allauth's provider, and ours in addresses
TAKEN = (
    "There is an account with this email address already. Sign in to it as you did"
    " before; then connect {name} in the settings, under Security."
)
NO_ADDRESS = "{name} did not tell your email address, so no account could be made."
UNCONFIRMED = "Confirm your email address with {name} first."
TOO_LATE = "That took too long. Try again."


def configured() -> bool:
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


class IdentityAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": "Set a password first: you could not sign in any more.",
    }

    def list_apps(
        self, request: HttpRequest, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        """The one of the settings; rows of a table do not count."""
        if not configured() or provider not in (None, KIND, NAME):
            return []
        if client_id not in (None, settings.OIDC_CLIENT_ID):
            return []
        return [
            SocialApp(
                provider=KIND,
                provider_id=NAME,
                name=settings.OIDC_NAME,
                client_id=settings.OIDC_CLIENT_ID,
                secret=settings.OIDC_CLIENT_SECRET,
                settings={"server_url": settings.OIDC_ISSUER},
            )
        ]

    def is_open_for_signup(
        self, request: HttpRequest, sociallogin: SocialLogin
    ) -> bool:
        """Whoever runs the site named the provider, which vouches for its people."""
        return settings.OIDC_SIGNUP

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        person = sociallogin.user
        person.email = (data.get("email") or "").lower()
        person.name = " ".join(str(data.get("name") or "").split())[:NAME_AT_MOST]
        return person

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Who is new gets an account only with an address that is free and confirmed;
        nobody gets into an account because of an address.
        """
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if is_reauthentication_required(request, app="allauth.socialaccount"):
                messages.error(request, TOO_LATE)
                raise ImmediateHttpResponse(redirect("security"))
        elif sociallogin.is_existing or not settings.OIDC_SIGNUP:
            return
        elif problem := _why_not(sociallogin):
            raise _back(request, problem)

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None
    ) -> User:
        try:
            with transaction.atomic():
                person = super().save_user(request, sociallogin, form)
                record("accounts.signed_up", actor=person, request=request, via=NAME)
        except IntegrityError as problem:  # another request was first
            raise _back(request, TAKEN) from problem
        return person

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, **told: Any
    ) -> None:
        problem = told.get("exception")
        if problem is not None:
            log.warning(
                "Sign-in with %s failed: %s", settings.OIDC_NAME, _told(problem)
            )

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("security")

    def get_requests_session(self) -> Any:
        """With allauth's timeout; a provider does not send us elsewhere."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session


class DisconnectIdentityForm(DisconnectForm):
    @transaction.atomic
    def save(self) -> None:
        super().save()
        record("accounts.identity_removed", actor=self.request.user, via=NAME)


@receiver(social_account_added)
def _connected(request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    """Sent inside the transaction of ``views.Return``."""
    record("accounts.identity_connected", actor=request.user, request=request, via=NAME)


def _why_not(sociallogin: SocialLogin) -> str:
    address = next(iter(sociallogin.email_addresses), None)
    if address is None:
        return NO_ADDRESS
    if len(address.email) > EMAIL_AT_MOST:
        return NO_ADDRESS
    if assess_unique_email(address.email) is not True:
        return TAKEN
    return "" if address.verified else UNCONFIRMED


def _back(request: HttpRequest, problem: str) -> ImmediateHttpResponse:
    messages.error(request, problem.format(name=settings.OIDC_NAME))
    return ImmediateHttpResponse(redirect("account_login"))


def _told(problem: Exception) -> str:
    """Ours say what is wrong; what others say may repeat an answer of the provider."""
    own = type(problem).__module__.startswith("accounts.")
    return str(problem) if own else type(problem).__name__
