"""What must be true before the product serves: each step is quick when it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from conversations.core.tokens import install_vocabulary


def prepare(say: Callable[[str], object]) -> None:
    """Databases migrated, tokenizer in place, static files collected."""
    for alias in settings.DATABASES:
        if _unmigrated(alias):
            say(f"Preparing the database “{alias}” …")
            call_command("migrate", database=alias, verbosity=0, interactive=False)
    install_vocabulary(settings.TIKTOKEN_CACHE_DIR)
    if _files_changed():
        say("Collecting static files …")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        _mark().write_text(_fingerprint())


def _unmigrated(alias: str) -> bool:
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _files_changed() -> bool:
    mark = _mark()
    return not mark.exists() or mark.read_text() != _fingerprint()


def _mark() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def _fingerprint() -> str:
    """Changes when any static file does, or an app with static files comes or goes."""
    seen = hashlib.sha256(",".join(sorted(apps.app_configs)).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            changed = Path(storage.path(name)).stat()
            seen.update(f"{name} {changed.st_mtime_ns} {changed.st_size}".encode())
    return seen.hexdigest()
