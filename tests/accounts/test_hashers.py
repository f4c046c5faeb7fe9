"""Hashing passwords, two at a time."""

from __future__ import annotations

import threading
import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.hashers import CappedArgon2PasswordHasher

HASHER = CappedArgon2PasswordHasher()


def test_it_is_argon2() -> None:
    encoded = HASHER.encode("the tide is out", HASHER.salt())

    assert encoded.startswith("argon2$argon2id$")
    assert Argon2PasswordHasher().verify("the tide is out", encoded)
    assert HASHER.verify("the tide is out", encoded)
    assert not HASHER.verify("the tide is in", encoded)


def test_no_more_than_two_hash_at_the_same_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock, inside, most = threading.Lock(), 0, 0

    def slow(self: Argon2PasswordHasher, *args: str) -> str:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)
        with lock:
            inside -= 1
        return ""

    monkeypatch.setattr(Argon2PasswordHasher, "encode", slow)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", slow)
    threads = [
        threading.Thread(target=work, args=["password", "salt"])
        for work in (HASHER.encode, HASHER.verify) * 5
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 2
