"""What a provider says of itself, and of people: fetched, remembered, verified.

OpenID Connect Discovery 1.0, Core 1.0 section 3.1.3.7.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.cache import cache
from requests import RequestException

REMEMBERED = 3600  # seconds; a key that is not known is looked for at once
LEEWAY = 60  # seconds that clocks may differ
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
Document = dict[str, Any]


class Refused(OAuth2Error):
    """What the provider said is not what it must be. Tells no secrets."""


def configuration(issuer: str) -> Document:
    """The provider's addresses, from its own document."""
    base = issuer.rstrip("/")
    found = _fetched(f"{base}/.well-known/openid-configuration")
    if str(found.get("issuer")).rstrip("/") != base:
        raise Refused("the provider names another issuer")
    for name in ENDPOINTS:
        if not _as_safe(str(found.get(name)), base):
            raise Refused(f"its {name} is no address to use")
    return found


def claims_of(
    id_token: str, *, provider: Document, client_id: str, nonce: str
) -> Document:
    """What the token says, once everything about it is right; raises ``Refused``."""
    try:
        claims = jwt.decode(
            id_token,
            key=_key_of(id_token, provider["jwks_uri"]),
            algorithms=ALGORITHMS,
            issuer=provider["issuer"],
            audience=client_id,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as problem:
        raise Refused(f"its token: {type(problem).__name__}") from problem
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Refused("its token was made for another sign-in")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1:
        claims.setdefault("azp", "")
    if claims.get("azp", client_id) != client_id:
        raise Refused("its token was made for another site")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise Refused("its token names nobody")
    return claims


def userinfo(provider: Document, access_token: str, subject: str) -> Document:
    """What else the provider tells of this person; nothing when it has no place to."""
    address = str(provider.get("userinfo_endpoint") or "")
    if not _as_safe(address, provider["issuer"]):
        return {}
    headers = {"Authorization": f"Bearer {access_token}"}
    told = _get(address, headers)
    if told.get("sub") != subject:
        raise Refused("it told of somebody else")
    return told


# --- helpers
def _key_of(id_token: str, address: str) -> Any:
    wanted = jwt.get_unverified_header(id_token).get("kid")
    for fresh in (False, True):
        keys = jwt.PyJWKSet.from_dict(_fetched(address, fresh)).keys
        signing = [key for key in keys if key.public_key_use in ("sig", None)]
        fitting = [key for key in signing if wanted in (key.key_id, None)]
        if len(fitting) == 1:
            return fitting[0].key
    raise jwt.InvalidKeyError


def _as_safe(address: str, base: str) -> bool:
    """Encrypted, unless the issuer itself is not: one on this machine."""
    parts = urlsplit(address)
    schemes = {"https", urlsplit(base).scheme}
    return parts.scheme in schemes and bool(parts.hostname)


def _fetched(address: str, fresh: bool = False) -> Document:
    name = "oidc:" + hashlib.sha256(address.encode()).hexdigest()
    known = None if fresh else cache.get(name)
    if known is None:
        known = _get(address)
        cache.set(name, known, REMEMBERED)
    return known


def _get(address: str, headers: Mapping[str, str] | None = None) -> Document:
    try:
        with get_adapter().get_requests_session() as session:
            answer = session.get(address, headers=headers)
            answer.raise_for_status()
            told = answer.json()
    except (RequestException, ValueError) as problem:
        raise Refused(f"it does not answer: {type(problem).__name__}") from problem
    if not isinstance(told, dict):
        raise Refused("its answer is no object")
    return told
