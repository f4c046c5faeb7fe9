"""What allauth asks the product: who may sign up, and how often one may guess."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    get_reauthentication_flows,
)
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import throttling
from accounts.audit import record
from accounts.models import User
from accounts.services.people import check_password, confirm_address, taken_sentence
from accounts.sessions import noticing

WORDS = {
    "mfa_reauthenticate": {"description": "Use a code"},
    "mfa_reauthenticate:webauthn": {"description": "Use a passkey"},
}
BELIEVED = settings.ACCOUNT_EMAIL_VERIFICATION == "none"
EMAIL_AT_MOST = User._meta.get_field("email").max_length


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The email address or the password is wrong.",
        "email_taken": taken_sentence(),
        "email_too_long": f"This is longer than {EMAIL_AT_MOST} characters.",
        "enter_current_password": "This is not your current password.",
        "too_many_codes": "Too many tries. Try again in 15 minutes.",
        "too_many_login_attempts": (
            "Too many wrong passwords. Try again in 15 minutes, or reset the password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def save_user(
        self, request: HttpRequest, user: User, form: Any, commit: bool = True
    ) -> User:
        user.name = form.cleaned_data.get("name", "")
        user.timezone = form.cleaned_data.get("timezone", "")
        with transaction.atomic():
            made = super().save_user(request, user, form, commit)
            if commit:
                record("accounts.signed_up", actor=made, request=request)
        return made

    def is_safe_url(self, url: str | None) -> bool:
        """Of this host alone: allauth would send people to any of ``ALLOWED_HOSTS`` and
        of the trusted origins.
        """
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Where no address has to be confirmed, that of a sign-up counts as it is.

        To allauth an unconfirmed address is a change under way, which can be undone.
        """
        return BELIEVED or super().is_email_verified(request, email)

    def login(self, request: HttpRequest, user: User) -> None:
        is_new = noticing.is_new(request, user)
        with transaction.atomic():
            super().login(request, user)
            if BELIEVED:
                confirm_address(user)  # of people made by other means, a shell say
            told = noticing.details(request, user)
            record("accounts.signed_in", actor=user, request=request, **told)
        if is_new:
            noticing.tell(request, user)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with transaction.atomic():
            super().logout(request)
            record("accounts.signed_out", actor=user, request=request)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The address of a sign-up, or one that takes the place of another."""
        person = email_address.user
        before = person.email
        with transaction.atomic():
            done = super().confirm_email(request, email_address)
            if done:
                person.refresh_from_db(fields=["email"])
                if before == person.email:
                    record("accounts.email_confirmed", actor=person)
                else:
                    record("accounts.email_changed", actor=person)
        return done

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Who has a second factor proves themselves with it: a password is not enough.
        Who has neither signs in anew with the provider.
        """
        ways = super().get_reauthentication_methods(user)
        strong = [way for way in ways if way["id"] != "reauthenticate"]
        if ways or not user.is_authenticated:
            return [way | WORDS.get(way["id"], {}) for way in strong or ways]
        return [{"id": "anew", "description": "Sign in again", "url": reverse("anew")}]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """allauth would ask nothing of those who have neither."""
        request = context.request
        if not get_reauthentication_flows(request.user) and not _just_came(request):
            raise ReauthenticationRequired
        return super().is_reauthentication_required(app=app, **kwargs)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Once what it tells of is stored."""
        send = super().send_notification_mail
        transaction.on_commit(lambda: send(*args, **kwargs), robust=True)

    def clean_email(self, email: str) -> str:
        if len(email) > EMAIL_AT_MOST:  # allauth would cut it off
            raise self.validation_error("email_too_long")
        return email

    def clean_password(self, password: str, user: User | None = None) -> str:
        check_password(password, user)
        return password

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if settings.RATE_LIMITS and not throttling.take(
            request, credentials.get("email", ""), self.get_client_ip(request)
        ):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user = super().authenticate(request, **credentials)
        if user:
            throttling.forget(credentials.get("email", ""), self.get_client_ip(request))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Whose account it was about is kept, if there is one; never what was typed."""
        address = str(credentials.get("email", "")).strip().lower()
        person = User.objects.filter(email=address).only("id").first()
        record("accounts.sign_in_failed", subject=person, request=request)

    def _delete_login_attempts_cached_email(
        self, request: HttpRequest, **credentials: Any
    ) -> None:
        """allauth's own counter goes when a password is reset; ours goes with it."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        throttling.forget(credentials.get("email", ""), self.get_client_ip(request))


def _just_came(request: HttpRequest) -> bool:
    steps = get_authentication_records(request, request.user)
    return any(time.time() - step["at"] < REAUTHENTICATION_TIMEOUT for step in steps)
