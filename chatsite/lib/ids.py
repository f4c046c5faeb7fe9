"""Identifiers that sort by time."""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import datetime

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 of counter, 62 random.

    Within a process each is greater than the one before, so rows made in one
    transaction keep their order.
    """
    global _last
    with _lock:
        # method 1 of RFC 9562 §6.2: the counter continues the clock's fraction
        now = int(time.time_ns() * 4096 // 1_000_000)
        _last = max(now, _last + 1)
        stamp = _last
    rest = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    high = (stamp >> 12) << 16 | 7 << 12 | (stamp & 0xFFF)
    return uuid.UUID(int=high << 64 | 2 << 62 | rest)


def first_id(moment: datetime) -> uuid.UUID:
    """The smallest of those that are made from this moment on."""
    milliseconds = int(moment.timestamp() * 1_000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)
