"""Whether the server is alive, and whether it can serve."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import keyring


class NotReady(Exception):
    """The check did not pass; nobody outside learns why."""


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    return _text("ok")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200, or 503 with the name of the check that failed and nothing else."""
    for name, check in CHECKS.items():
        try:
            check()
        except Exception:  # noqa: BLE001 - whatever is wrong, the answer is the same
            return _text(f"failing: {name}", 503)
    return _text("ok")


def _databases() -> None:
    for alias in connections:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")


def _migrations() -> None:
    for alias in connections:
        if not _is_migrated(alias):
            _is_migrated.cache_clear()
            raise NotReady


@cache
def _is_migrated(alias: str) -> bool:
    """Kept once true: migrations are not taken back under a running server."""
    executor = MigrationExecutor(connections[alias])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _keys() -> None:
    """A person's key must be there and open; a site without people has none."""
    person = get_user_model().objects.values_list("pk", flat=True).first()
    if person is not None:
        keyring.data_key(person)


CHECKS: dict[str, Callable[[], None]] = {
    "databases": _databases,
    "migrations": _migrations,
    "keys": _keys,
}


def _text(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
