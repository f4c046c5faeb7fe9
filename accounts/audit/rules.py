"""Whether the database still refuses whatever would change the log."""

from __future__ import annotations

from django.db import connection

RULES = {
    "audit_event_changed",
    "audit_event_deleted",
    "audit_event_out_of_order",
    "audit_anchor_changed",
    "audit_anchor_deleted",
    "audit_anchor_out_of_order",
}
ON_POSTGRES = {
    "audit_accounts_auditevent_emptied",
    "audit_accounts_auditanchor_emptied",
}
_TABLES = ("accounts_auditevent", "accounts_auditanchor")
_ON_SQLITE = (
    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)"
)
_ON_POSTGRES = (
    "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    " AND tgrelid IN (to_regclass(%s), to_regclass(%s))"
)


def missing() -> list[str]:
    """The triggers that are gone or switched off. A table that was made anew (by a
    migration on SQLite, by hand) has lost them, and nothing else shows it.
    """
    on_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_ON_POSTGRES if on_postgres else _ON_SQLITE, _TABLES)
        there = {name for (name,) in cursor.fetchall()}
    return sorted((RULES | ON_POSTGRES if on_postgres else RULES) - there)
