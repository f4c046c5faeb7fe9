"""Redis as a cache that may be away: this process remembers what it can meanwhile.

Django's own raises, and a page that only wanted to count would be an error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

log = logging.getLogger(__name__)

ANSWERS_WITHIN = 0.5  # seconds
OPERATIONS = (
    *("add", "get", "set", "touch", "delete", "has_key", "incr", "clear"),
    *("get_many", "set_many", "delete_many"),
)


class SteadyRedisCache(RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._options |= {
            "socket_timeout": ANSWERS_WITHIN,
            "socket_connect_timeout": ANSWERS_WITHIN,
            "retry": Retry(NoBackoff(), 0),
        }
        self._meanwhile = LocMemCache("while Redis is away", params)


def _steady(name: str) -> Callable[..., Any]:
    def act(self: SteadyRedisCache, *given: Any, **named: Any) -> Any:
        try:
            return getattr(super(SteadyRedisCache, self), name)(*given, **named)
        except (ConnectionError, TimeoutError) as problem:
            log.warning("Redis does not answer: %s", type(problem).__name__)
            return getattr(self._meanwhile, name)(*given, **named)

    return act


for _name in OPERATIONS:
    setattr(SteadyRedisCache, _name, _steady(_name))
