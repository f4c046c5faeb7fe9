"""Two keys from one secret: that of the chain, and that of signatures.

They are apart so that an auditor can be given one without the other.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32


def canonical(value: Any) -> bytes:
    """The one way to write a value as JSON, for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def chain_key() -> bytes:
    return _derived(settings.AUDIT_KEY, b"understory audit chain")


def sign(kind: str, statement: dict[str, Any]) -> str:
    return _signing_key(settings.AUDIT_KEY).sign(_signed(kind, statement)).hex()


def is_signed(kind: str, statement: dict[str, Any], signature: str) -> bool:
    key = _signing_key(settings.AUDIT_KEY).public_key()
    try:
        key.verify(bytes.fromhex(signature), _signed(kind, statement))
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint() -> str:
    """Tells the keys of signatures apart."""
    public = _signing_key(settings.AUDIT_KEY).public_key().public_bytes_raw()
    return hashlib.sha256(public).hexdigest()[:16]


def _signed(kind: str, statement: dict[str, Any]) -> bytes:
    # an anchor must never pass for a checkpoint
    return f"understory audit {kind}\n".encode() + canonical(statement)


@lru_cache(maxsize=4)
def _signing_key(secret: str) -> Ed25519PrivateKey:
    seed = _derived(secret, b"understory audit signatures")
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=4)
def _derived(secret: str, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(secret.encode())
