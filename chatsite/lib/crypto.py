"""Sealing text: AES-256-GCM bound to its place, under keys wrapped by a master ring.

A sealed value is ``form ‖ nonce ‖ ciphertext``. The associated data names the form and
the place (table, row, field), so a value moved elsewhere does not open.
"""

from __future__ import annotations

import os
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D: 96-bit random nonces, good for 2^32 messages a key
PLAIN, COMPRESSED = b"\x01", b"\x02"


class CannotOpen(Exception):
    """The value was changed, moved, cut, or sealed under another key."""


def new_key() -> bytes:
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def seal(key: bytes, text: str, place: str, *, compress: bool = False) -> bytes:
    """Seal ``text`` (any string, lone surrogates included) for ``place``."""
    return seal_bytes(key, text.encode("utf-8", "surrogatepass"), place, compress)


def seal_bytes(key: bytes, data: bytes, place: str, compress: bool = False) -> bytes:
    """Seal ``data`` for ``place``."""
    form = COMPRESSED if compress else PLAIN
    if compress:
        data = zlib.compress(data, 1)
    nonce = os.urandom(NONCE_BYTES)
    return form + nonce + AESGCM(key).encrypt(nonce, data, form + place.encode())


def open_sealed(key: bytes, sealed: bytes, place: str) -> str:
    """The text sealed for ``place``; raises ``CannotOpen``, never returns a guess."""
    try:
        return open_bytes(key, sealed, place).decode("utf-8", "surrogatepass")
    except ValueError as problem:
        raise CannotOpen(place) from problem


def open_bytes(key: bytes, sealed: bytes, place: str) -> bytes:
    """What was sealed for ``place``; raises ``CannotOpen``."""
    form, nonce = sealed[:1], sealed[1 : 1 + NONCE_BYTES]
    try:
        data = AESGCM(key).decrypt(
            nonce, sealed[1 + NONCE_BYTES :], form + place.encode()
        )
        return zlib.decompress(data) if form == COMPRESSED else data
    except (InvalidTag, ValueError, zlib.error) as problem:
        raise CannotOpen(place) from problem


class MasterRing:
    """Wraps data keys. The first master key wraps; all of them unwrap (rotation)."""

    def __init__(self, master_keys: list[str]) -> None:
        self._ring = MultiFernet([Fernet(key) for key in master_keys])

    def wrap(self, key: bytes) -> bytes:
        return self._ring.encrypt(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._ring.decrypt(wrapped)
        except InvalidToken as problem:
            raise CannotOpen("data key") from problem

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same data key under the newest master key."""
        try:
            return self._ring.rotate(wrapped)
        except InvalidToken as problem:
            raise CannotOpen("data key") from problem
