"""People's data keys: made, found, forgotten. The only door to ``DataKey``."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import transaction

from accounts.key_database import KEYS
from chatsite.lib.crypto import CannotOpen, MasterRing, new_key
from chatsite.lib.secret_files import read_lines

KEPT = 5_000  # keys in memory
KEPT_SECONDS = 60.0  # a key destroyed by another process stops opening within this


def create(user_id: UUID) -> None:
    """Make the key of a new person. Calling it again changes nothing."""
    wrapped = _master_ring().wrap(new_key())
    _rows().get_or_create(user_id=user_id, defaults={"wrapped": wrapped})


def data_key(user_id: UUID) -> bytes:
    """The key that seals this person's content; ``CannotOpen`` when it is gone."""
    key = _memory.get(user_id)
    if key is None:
        row = _rows().filter(user_id=user_id).values_list("wrapped", flat=True).first()
        if row is None:
            raise CannotOpen(f"no data key for {user_id}")
        key = _unwrapped(bytes(row))
        _memory.put(user_id, key)
    return key


def opens(wrapped: bytes) -> bool:
    """Whether one of the master keys opens a stored key."""
    try:
        _master_ring().unwrap(wrapped)
    except CannotOpen:
        return False
    return True


def forget(user_id: UUID) -> None:
    """Drop the key from this process's memory."""
    _memory.drop(user_id)


def destroy(user_id: UUID) -> bytes:
    """Delete the key of somebody who is on the list of erased people, and keep there
    its fingerprint; what was stored, for a search of the files. b"" when it was gone.
    """
    with transaction.atomic(using=KEYS):
        row = _rows().filter(user_id=user_id).first()
        if row is not None:
            listed = apps.get_model("accounts.ErasedPerson").objects
            told = fingerprint(row.wrapped)
            if not listed.filter(user_id=user_id).update(key=told):
                raise LookupError("only the key of an erased person is destroyed")
            row.delete()
    forget(user_id)
    return bytes(row.wrapped) if row else b""


def fingerprint(wrapped: bytes) -> str:
    """Tells data keys apart, and nothing about them."""
    try:
        return _told(_unwrapped(bytes(wrapped)))
    except CannotOpen:
        return ""


def master_fingerprints() -> list[str]:
    """Of the master keys, the newest first."""
    return [_told(key.encode()) for key in _master_keys()]


def rewrap_some(after: UUID | None, at_most: int = 500) -> Rewrapped:
    """Wrap a batch of keys, in the order of their owners' ids, with the newest master
    key. By compare-and-set: a key that goes meanwhile does not come back.
    """
    ring, done = _master_ring(), Rewrapped()
    rows = _rows().order_by("user_id")
    if after is not None:
        rows = rows.filter(user_id__gt=after)
    for user_id, wrapped in rows.values_list("user_id", "wrapped")[:at_most]:
        done.last = user_id
        done.seen += 1
        if ring.is_newest(bytes(wrapped)):
            continue
        try:
            fresh = ring.rewrap(bytes(wrapped))
        except CannotOpen:
            done.lost.append(user_id)
            continue
        same = _rows().filter(user_id=user_id, wrapped=wrapped)
        done.changed += same.update(wrapped=fresh)
    return done


@dataclass(slots=True)
class Rewrapped:
    seen: int = 0
    changed: int = 0
    lost: list[UUID] = field(default_factory=list)  # whose key no master key opens
    last: UUID | None = None  # None: there was none left


def read_again() -> bool:
    """Whether the file of master keys has got a new one since this process read it:
    another process rotates them, and this one goes on.
    """
    global _grown
    if settings.MASTER_KEY_FILE is None:
        return False
    lines = read_lines(settings.MASTER_KEY_FILE)
    if not set(_master_keys()) < set(lines):
        return False
    _grown = lines
    _master_ring.cache_clear()
    return True


def _unwrapped(wrapped: bytes) -> bytes:
    try:
        return _master_ring().unwrap(wrapped)
    except CannotOpen:
        if not read_again():
            raise
        return _master_ring().unwrap(wrapped)


def _told(secret: bytes) -> str:
    return hashlib.sha256(b"understory key " + secret).hexdigest()[:16]


def _rows() -> Any:
    return apps.get_model("accounts.DataKey").objects


@lru_cache(maxsize=1)
def _master_ring() -> MasterRing:
    return MasterRing(_master_keys())


def _master_keys() -> list[str]:
    known: list[str] = settings.MASTER_KEYS
    return _grown if set(known) <= set(_grown) else known


_grown: list[str] = []  # what the file held when it was read again


class _Memory:
    """The keys used last, for a minute, shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()

    def get(self, user_id: UUID) -> bytes | None:
        with self._lock:
            until, key = self._keys.get(user_id, (0.0, b""))
            return key if until > time.monotonic() else None

    def put(self, user_id: UUID, key: bytes) -> None:
        with self._lock:
            self._keys[user_id] = (time.monotonic() + KEPT_SECONDS, key)
            self._keys.move_to_end(user_id)
            if len(self._keys) > KEPT:
                self._keys.popitem(last=False)

    def drop(self, user_id: UUID) -> None:
        with self._lock:
            self._keys.pop(user_id, None)


_memory = _Memory()
