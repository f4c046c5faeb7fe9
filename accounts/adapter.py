"""What allauth asks the product: who may sign up, and how often one may guess."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts import throttling
from accounts.audit import record
from accounts.models import User
from accounts.services.people import check_password, confirm_address, taken_sentence

BELIEVED = settings.ACCOUNT_EMAIL_VERIFICATION == "none"
EMAIL_AT_MOST = User._meta.get_field("email").max_length


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The email address or the password is wrong.",
        "email_taken": taken_sentence(),
        "email_too_long": f"This is longer than {EMAIL_AT_MOST} characters.",
        "enter_current_password": "This is not your current password.",
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

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Where no address has to be confirmed, that of a sign-up counts as it is.

        To allauth an unconfirmed address is a change under way, which can be undone.
        """
        return BELIEVED or super().is_email_verified(request, email)

    def login(self, request: HttpRequest, user: User) -> None:
        with transaction.atomic():
            super().login(request, user)
            if BELIEVED:
                confirm_address(user)  # of people made by other means, a shell say
            record("accounts.signed_in", actor=user, request=request)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with transaction.atomic():
            super().logout(request)
            record("accounts.signed_out", actor=user, request=request)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        with transaction.atomic():
            done = super().confirm_email(request, email_address)
            if done:
                record("accounts.email_confirmed", actor=email_address.user)
        return done

    def clean_email(self, email: str) -> str:
        if len(email) > EMAIL_AT_MOST:  # allauth would cut it off
            raise self.validation_error("email_too_long")
        return email

    def clean_password(self, password: str, user: User | None = None) -> str:
        check_password(password, user)
        return password

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if settings.RATE_LIMITS and not throttling.take(
            credentials.get("email", ""), self.get_client_ip(request)
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
