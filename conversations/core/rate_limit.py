"""Token buckets: a steady rate with room for a burst."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class TokenBucket:
    def __init__(
        self,
        per_second: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._burst, self._clock = per_second, burst, clock
        self._tokens, self._at = burst, clock()

    def take(self) -> float:
        """0 when it may go on, else the seconds after which it may."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Buckets:
    """A bucket for each of those who ask; of the many, those who asked last."""

    def __init__(self, per_second: float, burst: float, kept: int = 10_000) -> None:
        self._make = lambda: TokenBucket(per_second, burst)
        self._kept = kept
        self._buckets: OrderedDict[Hashable, TokenBucket] = OrderedDict()
        self._lock = Lock()

    def take(self, who: Hashable) -> float:
        """0 when they may go on, else the seconds after which they may."""
        with self._lock:
            bucket = self._buckets.setdefault(who, self._make())
            self._buckets.move_to_end(who)
            if len(self._buckets) > self._kept:
                self._buckets.popitem(last=False)
            return bucket.take()
