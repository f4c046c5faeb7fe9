"""The forms of the account pages."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField, PasswordField
from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.core import context
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.audit import record
from accounts.models import User
from accounts.services.people import (
    PASSWORD_AT_MOST,
    remember_timezone,
    taken_sentence,
)
from accounts.timezones import known

ADVICE = "At least 10 characters. A few words are easy to keep in mind."


class BrowserTimezone(forms.CharField):
    """What the browser says, filled in by entrance.js; never a reason to refuse."""

    widget = forms.HiddenInput

    def clean(self, value: str | None) -> str:
        return value if value in known() else ""


def name_field() -> forms.CharField:
    return forms.CharField(
        label="Your name",
        help_text="Optional; what the pages call you.",
        max_length=User._meta.get_field("name").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


def new_password_field() -> PasswordField:
    return PasswordField(
        label="Password", autocomplete="new-password", help_text=ADVICE
    )


class SignInForm(LoginForm):
    """allauth's, with its field named for what is typed there."""

    timezone = BrowserTimezone()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        password = self.fields["password"]
        password.validators.append(MaxLengthValidator(PASSWORD_AT_MOST))
        password.help_text = ""  # the page links to the reset below the form

    def add_prefix(self, field_name: str) -> str:
        if field_name != "login":
            return super().add_prefix(field_name)
        return "login" if "login" in self.data and "email" not in self.data else "email"

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> Any:
        response = super().login(request, redirect_url)
        remember_timezone(self.user, self.cleaned_data["timezone"])
        return response


class SignUpForm(SignupForm):
    name = name_field()
    timezone = BrowserTimezone()
    field_order = ["email", "name", "password1", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = ADVICE

    def clean(self) -> dict[str, Any]:
        """allauth compares the password with the address; we also with the name."""
        data = super().clean()
        if data.get("password1") and "password1" not in self.errors:
            person = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                get_adapter().clean_password(data["password1"], person)
            except ValidationError as problem:
                self.add_error("password1", problem)
        return self.cleaned_data

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        try:
            return super().try_save(request)
        except IntegrityError:  # the same address in two requests at once
            messages.error(request, taken_sentence())
            return None, redirect("account_signup")


def _keep_session(person: User) -> None:
    """Together with the password: who looks in between would take it for one that has
    ended, and close the very tabs it was changed in.
    """
    update_session_auth_hash(context.request, person)


class PasswordChangeForm(ChangePasswordForm):
    @transaction.atomic
    def save(self) -> None:
        super().save()
        _keep_session(self.user)
        record("accounts.password_changed", actor=self.user)


class PasswordSetForm(SetPasswordForm):
    """Of somebody who had none: they came from another provider."""

    @transaction.atomic
    def save(self) -> None:
        super().save()
        _keep_session(self.user)
        record("accounts.password_changed", actor=self.user)


class PasswordResetForm(ResetPasswordKeyForm):
    """The one that a link in an email leads to."""

    @transaction.atomic
    def save(self) -> None:
        super().save()
        record("accounts.password_reset", actor=self.user)


class SetupForm(forms.Form):
    """The first administrator. ``create_person`` looks closer at what is given."""

    email = EmailField()
    name = name_field()
    password1 = new_password_field()
    timezone = BrowserTimezone()


class SettingsForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "theme", "timezone"]
        labels = {"theme": "Appearance"}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "theme": forms.RadioSelect,
        }

    timezone = forms.ChoiceField(
        label="Time zone",
        required=False,
        choices=lambda: [("", "UTC"), *((name, name) for name in sorted(known()))],
    )

    def save(self, commit: bool = True) -> User:
        """Only these columns: another request may change others."""
        if commit and self.changed_data:
            with transaction.atomic():
                self.instance.save(update_fields=self.Meta.fields)
                record(
                    "accounts.settings_changed",
                    actor=self.instance,
                    fields=self.changed_data,
                )
        return self.instance
