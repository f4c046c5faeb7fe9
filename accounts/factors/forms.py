"""The forms of second factors: allauth's, counted, recorded, and strict."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from accounts import throttling
from accounts.audit import record
from accounts.factors import codes, passkeys
from accounts.models import User
from chatsite.lib.crypto import CannotOpen


@contextmanager
def counted(person: User, kind: str) -> Iterator[None]:
    """One guess, of this person's from this network. Others are not kept out by it.

    allauth's own count, of a person from everywhere, comes after it: one network does
    not get so far.
    """
    who = f"second factor {person.pk}"
    ip = get_account_adapter().get_client_ip(context.request)
    if not throttling.take(context.request, who, ip):
        raise get_account_adapter().validation_error("too_many_codes")
    try:
        yield
    except ValidationError:
        record(
            "accounts.second_factor_failed",
            subject=person,
            request=context.request,
            kind=kind,
        )
        raise
    throttling.forget(who, ip)


def code_field(label: str, help_text: str = "") -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "size": 12}
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=32,
        widget=forms.TextInput(attrs=attrs),
    )


class _Typed(forms.Form):
    """A code of the app, or a recovery code."""

    user: User
    authenticator: Authenticator
    code = code_field("Code", "From your app. A recovery code will do as well.")

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        with counted(self.user, "code"):
            forget = check_rate_limit(self.user)
            found = codes.accept(self.user, code)
            if found is None:
                raise get_adapter().validation_error("incorrect_code")
            self.authenticator = found
            forget()
        return code


class SignInCodeForm(_Typed, AuthenticateForm):
    pass


class ReauthenticationCodeForm(_Typed, ReauthenticateForm):
    pass


class AddAppForm(ActivateTOTPForm):
    """Until it is proven the secret waits in the session, sealed."""

    step: int
    code = code_field("Code", "The six digits that your app shows now.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = self._waiting() if self.is_bound else self._new()

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        with counted(self.user, "app"):
            step = codes.matching_step(self.secret, code)
            if step is None:
                raise get_adapter().validation_error("incorrect_code")
        self.step = step
        return code

    def _waiting(self) -> str:
        try:
            return decrypt(context.request.session[SECRET_SESSION_KEY])
        except (KeyError, CannotOpen):
            return self._new()

    def _new(self) -> str:
        secret = generate_totp_secret()
        context.request.session[SECRET_SESSION_KEY] = encrypt(secret)
        return secret


class _Passkey(forms.Form):
    user: User | None
    credential = forms.JSONField(widget=forms.HiddenInput)

    def clean_credential(self) -> Authenticator:
        if self.user is None:
            return self._checked()
        with counted(self.user, "passkey"):
            return self._checked()

    def _checked(self) -> Authenticator:
        credential = self.cleaned_data["credential"]
        with passkeys.understood():
            passkeys.check_origin(context.request, credential, AuthenticationResponse)
            return super().clean_credential()


class SignInPasskeyForm(_Passkey, AuthenticateWebAuthnForm):
    """The second step, after a password."""


class PasswordlessForm(_Passkey, LoginWebAuthnForm):
    """Nothing but the passkey, which says whose it is."""


class ReauthenticationPasskeyForm(_Passkey, ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label="Name",
        help_text="So that you know which it is: “Phone”, say.",
        max_length=60,
        required=False,
    )
    passwordless = forms.BooleanField(
        label="Sign in with it alone, without a password",
        required=False,
        initial=True,
    )
    credential = forms.JSONField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        credential = self.cleaned_data.get("credential")
        if credential is None:
            return self.cleaned_data
        if self._have() >= passkeys.MOST:
            raise get_adapter().validation_error("too_many_passkeys")
        with passkeys.understood():
            if len(self.data["credential"]) > passkeys.LONGEST:
                raise ValueError
            passkeys.check_origin(context.request, credential, RegistrationResponse)
            data = super().clean()
            return data | {"credential": passkeys.kept_of(credential)}

    def _have(self) -> int:
        kind = Authenticator.Type.WEBAUTHN
        return Authenticator.objects.filter(user=self.user, type=kind).count()


class RenamePasskeyForm(EditWebAuthnForm):
    name = forms.CharField(label="Name", max_length=60)
