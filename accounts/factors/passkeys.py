"""What a browser says of a passkey: from which page, and whether it makes sense.

Keys and signatures are looked at by fido2, through allauth.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.request import split_domain_port
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

LONGEST = 20_000  # characters of JSON; a key with an attestation has some thousand
MOST = 20  # of one person
KEPT = ("id", "rawId", "type", "response", "clientExtensionResults")
# what parsing nonsense ends in, besides ValidationError
NONSENSE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)
Response = type[AuthenticationResponse] | type[RegistrationResponse]


@contextmanager
def understood() -> Iterator[None]:
    """Whatever is wrong with a passkey is told in one sentence."""
    try:
        yield
    except (ValidationError, *NONSENSE) as problem:
        raise get_adapter().validation_error("passkey_refused") from problem


def check_origin(request: HttpRequest, credential: Any, kind: Response) -> None:
    """Scheme, host and port of the page are ours: fido2 would take any sub-domain,
    and any port. Raises ``ValidationError``, or one of ``NONSENSE``.
    """
    said = kind.from_dict(credential).response.client_data.origin
    own = f"{request.scheme}://{request.get_host()}"
    if said not in (own, *settings.CSRF_TRUSTED_ORIGINS):
        raise ValidationError("another site")


def kept_of(credential: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a new key."""
    return {name: credential[name] for name in KEPT if name in credential}


def impossible_here(request: HttpRequest) -> bool:
    """Browsers give keys to names only, not to addresses such as 127.0.0.1."""
    host, _ = split_domain_port(request.get_host())
    return _is(ipaddress.ip_address, host.strip("[]"))


def _is(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
