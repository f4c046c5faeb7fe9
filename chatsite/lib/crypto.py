"""Sealing text: AES-256-GCM bound to its place, under keys wrapped by a master ring.

A sealed value is ``form ‖ nonce ‖ ciphertext``. The associated data names the form and
the place (table, row, field), so a value moved elsewhere does not open. The form may be
marked, by who seals, for who opens: whether the text has placeholders, say.
"""

from __future__ import annotations

import os
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D: 96-bit random nonces, good for 2^32 messages a key
PLAIN, COMPRESSED, MARKED = 0x01, 0x02, 0x10


class CannotOpen(Exception):
    """The value was changed, moved, cut, or sealed under another key."""


def new_key() -> bytes:
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def seal(
    key: bytes, text: str, place: str, *, compress: bool = False, marked: bool = False
) -> bytes:
    """Seal ``text`` (any string, lone surrogates included) for ``place``."""
    data = text.encode("utf-8", "surrogatepass")
    return seal_bytes(key, data, place, compress, marked)


def seal_bytes(
    key: bytes, data: bytes, place: str, compress: bool = False, marked: bool = False
) -> bytes:
    """Seal ``data`` for ``place``."""
    form = bytes([(COMPRESSED if compress else PLAIN) | (MARKED if marked else 0)])
    if compress:
        data = zlib.compress(data, 1)
    nonce = os.urandom(NONCE_BYTES)
    return form + nonce + AESGCM(key).encrypt(nonce, data, form + place.encode())


def is_marked(sealed: bytes) -> bool:
    """As told, until it is opened: that fails where somebody changed it."""
    return bool(sealed[:1]) and bool(sealed[0] & MARKED)


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
        return zlib.decompress(data) if form[0] & COMPRESSED else data
    except (InvalidTag, ValueError, zlib.error) as problem:
        raise CannotOpen(place) from problem


class MasterRing:
    """Wraps data keys. The first master key wraps; all of them unwrap (rotation)."""

    def __init__(self, master_keys: list[str]) -> None:
        self._newest = Fernet(master_keys[0])
        self._ring = MultiFernet([Fernet(key) for key in master_keys])

    def wrap(self, key: bytes) -> bytes:
        return self._ring.encrypt(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._ring.decrypt(wrapped)
        except InvalidToken as problem:
            raise CannotOpen("data key") from problem

    def is_newest(self, wrapped: bytes) -> bool:
        """Whether the first master key wrapped it."""
        try:
            self._newest.decrypt(wrapped)
        except InvalidToken:
            return False
        return True

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same data key under the newest master key."""
        try:
            return self._ring.rotate(wrapped)
        except InvalidToken as problem:
            raise CannotOpen("data key") from problem
