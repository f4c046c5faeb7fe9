"""The cache on Redis, and without the Redis it was promised."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from accounts.models import User
from chatsite.lib.shared_cache import OPERATIONS, SteadyRedisCache
from tests.base import PASSWORD
from tests.product import free_port
from tests.servers import redis


def cache_at(url: str) -> SteadyRedisCache:
    cache = SteadyRedisCache(url, {})
    cache._meanwhile.clear()
    return cache


def use(cache: SteadyRedisCache) -> list[Any]:
    return [
        cache.add("a", 1, 60),
        cache.add("a", 2, 60),
        cache.get("a"),
        cache.incr("a"),
        cache.set("b", [3], 60),
        cache.get_many(["a", "b", "c"]),
        cache.has_key("c"),
        cache.touch("a", 60),
        cache.delete("a"),
        cache.set_many({"c": 4}),
        cache.delete_many(["c"]),
        cache.get("c", "none"),
        cache.clear(),
        cache.get("b"),
    ]


def test_it_works_as_any_cache_with_redis_and_without(caplog: Any) -> None:
    with redis() as url:
        with_redis = use(cache_at(url))
    assert not caplog.messages

    without = use(cache_at(f"redis://127.0.0.1:{free_port()}/0"))

    assert without[:12] == with_redis[:12] and without[-1] is with_redis[-1] is None
    assert len(caplog.messages) >= len(OPERATIONS)


@pytest.mark.django_db
def test_people_sign_in_while_redis_is_away(alice: User, settings: Any) -> None:
    gone = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "chatsite.lib.shared_cache.SteadyRedisCache",
            "LOCATION": gone,
        }
    }
    settings.REDIS_URL, settings.RATE_LIMITS = gone, True
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,50/h/key"}
    assert isinstance(caches["default"], SteadyRedisCache)

    answer = Client().post(
        "/accounts/login/", {"email": alice.email, "password": PASSWORD}
    )

    assert answer.status_code == 302
