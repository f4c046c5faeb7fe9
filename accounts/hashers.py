"""Password hashing that cannot take the machine's memory."""

from __future__ import annotations

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

_places = BoundedSemaphore(2)  # one hash takes 100 MiB and a core


class CappedArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2; a third sign-in at the same moment waits for one of two places."""

    def encode(self, password: str, salt: str) -> str:
        with _places:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _places:
            return super().verify(password, encoded)
