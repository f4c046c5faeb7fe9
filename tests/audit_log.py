"""The audit log in tests: without its triggers, as who has the files has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.commands import flush
from django.db import connection

from accounts.audit import checkpoints
from accounts.audit.verifying import verify
from accounts.models import AuditEvent

migration = import_module("accounts.migrations.0004_audit_log")


@dataclass
class Editor:
    """As much of a schema editor as the migration needs, inside transactions too."""

    connection: Any
    execute: Callable[[str], object]


@contextmanager
def without_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        editor = Editor(connection, cursor.execute)
        migration.unmake(None, editor)
        yield
        migration.make(None, editor)


def row(seq: int) -> Any:
    return AuditEvent.objects.filter(seq=seq)


def findings(*, signed: bool = True) -> list[str]:
    file = checkpoints.path()
    return verify(checkpoints.read(file) if signed else ()).findings


def verified(*words: str) -> str:
    """What the command says; it raises ``CommandError`` when something is wrong."""
    out = StringIO()
    call_command("verifyaudit", *words, stdout=out)
    return out.getvalue()


def let_flush() -> None:
    """Tests that commit empty all tables when they end; the log refuses that."""
    emptying = flush.sql_flush

    def sql_flush(style: Any, database: Any, *words: Any, **options: Any) -> list[str]:
        statements = emptying(style, database, *words, **options)
        if database.alias != "default":
            return statements
        before: list[str] = []
        after: list[str] = []
        migration.unmake(None, Editor(database, before.append))
        migration.make(None, Editor(database, after.append))
        return [*before, *statements, *after]

    flush.sql_flush = sql_flush
