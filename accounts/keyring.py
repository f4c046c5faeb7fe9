"""People's data keys: made, found, forgotten. The only door to ``DataKey``."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from functools import lru_cache
from uuid import UUID

from django.apps import apps
from django.conf import settings

from chatsite.lib.crypto import CannotOpen, MasterRing, new_key

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
        key = _master_ring().unwrap(bytes(row))
        _memory.put(user_id, key)
    return key


def forget(user_id: UUID) -> None:
    """Drop the key from this process's memory."""
    _memory.drop(user_id)


def _rows():
    return apps.get_model("accounts.DataKey").objects


@lru_cache(maxsize=1)
def _master_ring() -> MasterRing:
    return MasterRing(settings.MASTER_KEYS)


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
