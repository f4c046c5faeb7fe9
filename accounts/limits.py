"""How often something may be done: one table, counted where all processes see it.

``limits`` counts: in Redis where REDIS_URL names one, else in this process's memory,
which also steps in while Redis does not answer. Nobody is let in or kept out by that;
a limit is only looser for a moment, as each process counts for itself.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import (
    MovingWindowRateLimiter,
    RateLimiter,
    SlidingWindowCounterRateLimiter,
)

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

PERSON, NETWORK, BOTH = "person", "network", "person and network"
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
GRAMMAR = re.compile(
    r"([1-9][0-9]{0,6})(?:/([1-9][0-9]{0,3})?(second|minute|hour|day))?"
)
EXACT_UP_TO = 200  # beyond, two counters stand for the times of each
SWEPT_EVERY = 60.0  # seconds
REDIS_ANSWERS_WITHIN = 0.5  # seconds …
ASKED_AGAIN_AFTER = 5.0  # … and when it did not, so long it is not asked


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted, for whom, and the setting that says how many in which time."""

    setting: str
    each: str
    protects: str


LIMITS = {
    "requests": Limit("RATE_REQUESTS", NETWORK, "the server from one network"),
    "pages": Limit("RATE_PAGES", PERSON, "the server from one account"),
    "sign_ins": Limit("RATE_SIGN_INS", BOTH, "passwords from being guessed"),
    "sign_ups": Limit("RATE_SIGN_UPS", NETWORK, "the site from made-up people"),
    "mails": Limit("RATE_MAILS", NETWORK, "mailboxes from what one can ask for"),
    "messages": Limit("RATE_MESSAGES", PERSON, "the model, and its bill"),
    "searches": Limit("RATE_SEARCHES", PERSON, "the index"),
    "uploads": Limit("RATE_UPLOADS", PERSON, "memory, and the reading of files"),
    "downloads": Limit("RATE_DOWNLOADS", PERSON, "work that opens a whole talk"),
    "data_requests": Limit("RATE_DATA_REQUESTS", PERSON, "work that opens everything"),
}
refused: Counter[str] = Counter()  # in this process, for whoever watches it


def spend(name: str, *who: object) -> int:
    """Count one for them: 0 when it may be, else the seconds until it may again."""
    rate = rate_of(name)
    if rate is None:
        return 0
    key = key_of(name, who)

    def count(storage: Storage) -> int:
        limiter = _limiter(storage, rate)
        if limiter.hit(rate, key):
            return 0
        opens = limiter.get_window_stats(rate, key).reset_time
        return max(1, math.ceil(opens - time.time()))

    wait = _counting(count)
    if wait:
        refused[name] += 1
    return wait


def give_back(name: str, *who: object) -> None:
    """Forget what they have spent."""
    rate = rate_of(name)
    if rate is not None:
        key = key_of(name, who)
        _counting(lambda storage: _limiter(storage, rate).clear(rate, key))


def rate_of(name: str) -> RateLimitItem | None:
    """None: as often as anybody likes."""
    if not settings.RATE_LIMITS:
        return None
    return parse(getattr(settings, LIMITS[name].setting))


@lru_cache
def parse(given: str) -> RateLimitItem | None:
    """``60/minute``, ``5/15minute``, ``30`` (in a minute), or ``off``.

    Raises ``ValueError``.
    """
    if given == "off":
        return None
    found = GRAMMAR.fullmatch(given)
    if found is None:
        raise ValueError(f"{given!r} is no rate, such as 60/minute or 5/15minute")
    amount, times, unit = found.groups(default="")
    seconds = SECONDS[unit or "minute"] * int(times or 1)
    return RateLimitItemPerSecond(int(amount), seconds, namespace="rate")


@lru_cache(maxsize=4096)
def network(ip: str) -> str:
    """The /24 or /48 an address lies in: what one attacker usually commands."""
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False))


def key_of(name: str, who: tuple[object, ...]) -> str:
    """Names nobody: what counts may be seen where the counters are kept."""
    told = "|".join(str(each) for each in who)
    return f"{name}:{hashlib.sha256(told.encode(errors='replace')).hexdigest()[:32]}"


def forget() -> None:
    """Begin anew, as a test does."""
    global _down_until
    _down_until = 0.0
    refused.clear()
    _memory.reset()


# --- helpers
class _Memory(MemoryStorage):
    """Swept once in a while. The library begins a thread to do it after each count,
    and leaves an empty list for everyone who ever counted.
    """

    _swept = -math.inf

    def _MemoryStorage__schedule_expiry(self) -> None:
        now = time.monotonic()
        if now < self._swept + SWEPT_EVERY:
            return
        self._swept = now
        for key in [key for key, events in list(self.events.items()) if not events]:
            with self.locks[key]:
                if not self.events.get(key):
                    self.events.pop(key, None)
        super()._MemoryStorage__schedule_expiry()  # type: ignore[misc]


_memory = _Memory()
_down_until = 0.0


def _limiter(storage: Storage, rate: RateLimitItem) -> RateLimiter:
    if rate.amount <= EXACT_UP_TO:
        return MovingWindowRateLimiter(storage)
    return SlidingWindowCounterRateLimiter(storage)


@lru_cache
def _redis(url: str) -> Storage:
    from redis.backoff import NoBackoff  # noqa: PLC0415 - only there with Redis
    from redis.retry import Retry  # noqa: PLC0415

    options: dict[str, Any] = {
        "socket_timeout": REDIS_ANSWERS_WITHIN,
        "socket_connect_timeout": REDIS_ANSWERS_WITHIN,
        "retry": Retry(NoBackoff(), 0),
    }
    return cast(Storage, storage_from_string(url, wrap_exceptions=False, **options))


def _counting(act: Callable[[Storage], Answer]) -> Answer:
    global _down_until
    if not settings.REDIS_URL or time.monotonic() < _down_until:
        return act(_memory)
    shared = _redis(settings.REDIS_URL)
    try:
        return act(shared)
    except shared.base_exceptions as problem:
        _down_until = time.monotonic() + ASKED_AGAIN_AFTER
        log.warning("Redis does not count; this process does: %s", type(problem))
        return act(_memory)
