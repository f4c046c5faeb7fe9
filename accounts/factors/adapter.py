"""What allauth asks the product about second factors."""

from __future__ import annotations

from io import BytesIO

import qrcode
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http.request import split_domain_port
from qrcode.image.svg import SvgPathFillImage

from accounts.factors import sealing
from accounts.models import User


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": (
            "This code is wrong, or was used already. Wait for the next one."
        ),
        "passkey_refused": "This passkey was not accepted. Try again.",
        "passkey_unverified": (
            "This key cannot check that it is you, by a fingerprint or a PIN. Add it"
            " for use beside a password."
        ),
        "too_many_passkeys": "These are enough passkeys. Remove one first.",
        "unverified_email": "Confirm your email address first.",
    }

    def encrypt(self, text: str) -> str:
        return sealing.seal_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.open_secret(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """On a white ground: it is shown in the dark as well."""
        picture = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(picture)
        return picture.getvalue().decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        had = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {had + 1}" if had else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Keys belong to the name that people see in the address bar."""
        host, _ = split_domain_port(context.request.get_host())
        return {"id": host, "name": settings.SITE_NAME}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, object]:
        return super().get_public_key_credential_user_entity(user) | {
            "display_name": str(user)
        }
