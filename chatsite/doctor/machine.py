"""The machine, the databases and the servers beside this one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.checks import WARNING, run_checks
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from openai import OpenAIError

from chatsite.doctor.findings import Finding, bad, fine, odd
from chatsite.lib.env import is_loopback
from conversations import conf
from conversations.core.tokens import count, install_vocabulary
from conversations.providers import listed_models

LEAST_FREE = 1_000_000_000  # bytes; a database that cannot grow loses what is said
LITTLE_FREE = 5_000_000_000


def system_checks() -> Iterator[Finding]:
    """What ``check`` says of them, and ``check --deploy`` of a site others reach."""
    public = not is_loopback(settings.HOST)
    told = [
        each
        for each in run_checks(include_deployment_checks=public)
        if each.level >= WARNING and not each.is_silenced()
    ]
    for each in told:
        tell = bad if each.is_serious() else odd
        yield tell(f"{each.id}: {each.msg}", each.hint or "")
    if not told:
        yield fine("They are sound.")


def disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.VAR_DIR).free
    said = f"{free / 1e9:,.1f} GB are free where VAR_DIR lies."
    if free < LEAST_FREE:
        yield bad(said, "Make room: soon nothing more can be stored.")
    elif free < LITTLE_FREE:
        yield odd(said, "Make room soon.")
    else:
        yield fine(said)


def databases() -> Iterator[Finding]:
    for alias in connections:
        connection = connections[alias]
        if connection.vendor == "sqlite":
            yield _sqlite(alias, connection)
        else:
            yield _postgres(alias, connection)


def _sqlite(alias: str, connection: Any) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(5)")
        wrong = [line for (line,) in cursor.fetchall() if line != "ok"]
        cursor.execute("PRAGMA foreign_key_check")
        loose = cursor.fetchmany(5)
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
    if wrong:
        advice = "Stop the server, copy the file, and restore a backup."
        return bad(f"“{alias}” is damaged: {wrong[0]}", advice)
    if loose:
        table = loose[0][0]
        said = f"“{alias}” has rows of {table} that point at what is not there."
        return bad(said, "Restore a backup, or ask for help with a copy of the file.")
    if mode != "wal":
        advice = "Let no other program change the file's journal mode."
        return odd(f"“{alias}” is not in WAL mode but {mode}.", advice)
    size = Path(connection.settings_dict["NAME"]).stat().st_size
    return fine(f"“{alias}” is whole: SQLite, {size / 1e6:,.1f} MB.")


def _postgres(alias: str, connection: Any) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_database_size(current_database()),"
            " current_setting('server_version_num')::int"
        )
        size, version = cursor.fetchone()
    return fine(
        f"“{alias}” answers: PostgreSQL {version // 10000}, {size / 1e6:,.1f} MB."
    )


def migrations() -> Iterator[Finding]:
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            said = f"“{alias}” lacks {len(plan)} migrations, first {plan[0][0]}."
            yield bad(said, f"manage.py migrate --database {alias}")
        else:
            yield fine(f"“{alias}” has the tables of this version.")


def redis() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        yield fine("Not used: one process, whose caches are its own.")
        return
    cache.set("doctor", "well", 10)
    if cache.get("doctor") == "well":
        yield fine("It keeps what it is given.")
    else:
        yield bad("It forgets what it is given.", "Look at its memory and its policy.")


def model_server() -> Iterator[Finding]:
    if conf.uses_demo_model():
        advice = "Set OPENAI_API_KEY or OPENAI_BASE_URL for a real one."
        yield odd("The built-in demo model answers.", advice)
        return
    try:
        known = listed_models(conf.model_server())
    except OpenAIError as problem:
        advice = "Look at OPENAI_BASE_URL, OPENAI_API_KEY and the server behind them."
        yield bad(f"It cannot be asked: {type(problem).__name__}.", advice)
        return
    model = settings.CHAT_MODEL
    if known is None:
        yield fine("It answers, and does not say which models it has.")
    elif model in known:
        yield fine(f"It answers, and has {model}.")
    else:
        said = f"It answers, but {model} is none of its models."
        yield odd(said, "Set CHAT_MODEL to one that it has, if replies fail.")


def tokenizer() -> Iterator[Finding]:
    """Raises whatever is in its way; installing it is cheap when it is there."""
    install_vocabulary(settings.TIKTOKEN_CACHE_DIR)
    count("Understory")
    yield fine("It counts tokens.")
