"""PostgreSQL's GIN over arrays of integers."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from conversations.index.base import Groups

_FIND = """
SELECT id FROM conversations_indexentry
 WHERE owner_id = %s AND id < %s {having}
 ORDER BY id DESC
 LIMIT %s
"""
_SIZE = "SELECT pg_total_relation_size('conversations_indexentry')"
END = 2**63 - 1


class GinEntries:
    def having(
        self, owner: UUID, groups: Groups, at_most: int, before: int | None = None
    ) -> list[int]:
        if not groups or not all(groups):
            return []
        having = " AND terms && %s::integer[]" * len(groups)
        end = END if before is None else before
        values = [owner, end, *(list(group) for group in groups), at_most]
        with connection.cursor() as cursor:
            cursor.execute(_FIND.format(having=having), values)
            return [number for (number,) in cursor.fetchall()]

    def bytes_used(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_SIZE)
            return int(cursor.fetchone()[0])
