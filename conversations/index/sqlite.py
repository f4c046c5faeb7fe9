"""SQLite's FTS5, whose words are hashes in hexadecimal form."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from conversations.index.base import Groups
from conversations.models import IndexEntry

# The owner is looked up in an index that is narrow; the rows themselves are not.
_FIND = """
SELECT f.rowid
  FROM conversations_indexentry_fts f
 CROSS JOIN conversations_indexentry e INDEXED BY entries_of_owner
    ON e.owner_id = %s AND e.id = f.rowid
 WHERE conversations_indexentry_fts MATCH %s AND f.rowid < %s
 ORDER BY f.rowid DESC
 LIMIT %s
"""
_SIZE = """
SELECT coalesce(sum(pgsize), 0) FROM dbstat
 WHERE name LIKE 'conversations_indexentry%%' OR name LIKE 'entries_of_owner%%'
"""
# Where SQLite was built without dbstat: what is stored, without the pages' own bytes.
_ABOUT = """
SELECT (SELECT coalesce(sum(length(block)), 0) FROM conversations_indexentry_fts_data)
     + (SELECT coalesce(sum(length(terms) + 250), 0) FROM conversations_indexentry)
"""
END = 2**63 - 1


class Fts5Entries:
    def having(
        self, owner: UUID, groups: Groups, at_most: int, before: int | None = None
    ) -> list[int]:
        if not groups or not all(groups):
            return []
        key = IndexEntry._meta.get_field("owner_id").get_db_prep_value(
            owner, connection
        )
        end = END if before is None else before
        with connection.cursor() as cursor:
            cursor.execute(_FIND, [key, _query(groups), end, at_most])
            return [number for (number,) in cursor.fetchall()]

    def bytes_used(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'")
            cursor.execute(_SIZE if cursor.fetchone() else _ABOUT)
            return int(cursor.fetchone()[0])


def _query(groups: Groups) -> str:
    return " AND ".join(
        "(" + " OR ".join(f'"{_word(hashed)}"' for hashed in group) + ")"
        for group in groups
    )


def _word(hashed: int) -> str:
    return f"{hashed & 0xFFFFFFFF:08x}"
