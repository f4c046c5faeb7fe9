"""The provider: allauth's, with a nonce, checked tokens and a stricter identity."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from allauth.socialaccount.providers.base.provider import Provider
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
)
from allauth.socialaccount.providers.openid_connect.views import (
    OpenIDConnectOAuth2Adapter,
)
from django.http import HttpRequest, HttpResponse

from accounts.identities import tokens

KEPT = ("iss", "sub", "email")


class Exchange(OpenIDConnectOAuth2Adapter):
    """The talk with the provider: its addresses, and what its answer is worth."""

    @property
    def openid_config(self) -> tokens.Document:
        issuer = self.get_provider().app.settings["server_url"]
        return tokens.configuration(issuer)

    def complete_login(
        self, request: HttpRequest, app: Any, answer: dict[str, Any], nonce: str
    ) -> Any:
        """Who it is: a ``SocialLogin``, not looked up yet. Raises ``Refused``."""
        provider = self.openid_config
        claims = tokens.claims_of(
            str(answer.get("id_token", "")),
            provider=provider,
            client_id=app.client_id,
            nonce=nonce,
        )
        if "email" not in claims:
            access = str(answer["access_token"])
            claims = tokens.userinfo(provider, access, claims["sub"]) | claims
        # one that does not speak of it vouches for the addresses it gives out
        vouched = claims.get("email_verified", True) in (True, "true")
        claims["email_verified"] = vouched
        return self.get_provider().sociallogin_from_response(request, claims)


class SingleSignOn(OpenIDConnectProvider):
    package = "accounts.identities"
    oauth2_adapter_class = Exchange
    pkce_enabled_default = True

    def redirect(
        self, request: HttpRequest, process: str, **given: Any
    ) -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        wishes = {"nonce": nonce}
        if request.user.is_authenticated:  # to be asked who one is, not waved through
            wishes["prompt"] = "login"
        return super().redirect(
            request, process, **given | {"auth_params": wishes, "nonce": nonce}
        )

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """What a link says of scopes and the like is not passed on."""
        return Provider.get_redirect_from_request_kwargs(self, request)

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Issuer and subject, never the address: those change hands."""
        who = f"{data['iss']}\n{data['sub']}"
        return hashlib.sha256(who.encode()).hexdigest()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {name: data[name] for name in KEPT if name in data}
