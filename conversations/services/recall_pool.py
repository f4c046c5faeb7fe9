"""Candidates of a recall and what was said around them, as rows to be ranked.

Some thousand rows are read for a question, and eight are shown: they stay as the
database has them.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Container, Hashable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from conversations.core.ranking import Pool, counted
from conversations.models import Message

_UUID = Message._meta.pk

# The candidates' messages, two before and two after each (``ranking.AROUND``).
_READ = """
WITH found(id) AS (
    SELECT message_id FROM conversations_indexentry
     WHERE owner_id = %s AND kind = 'm' AND id IN ({numbers})
), above(id) AS (
    SELECT m.parent_id FROM conversations_message m JOIN found ON m.id = found.id
), below(id) AS (
    SELECT m.id FROM conversations_message m JOIN found ON m.parent_id = found.id
), near(id) AS (
    SELECT id FROM found
    UNION SELECT id FROM above
    UNION SELECT id FROM below
    UNION SELECT m.parent_id FROM conversations_message m JOIN above ON m.id = above.id
    UNION SELECT m.id FROM conversations_message m JOIN below ON m.parent_id = below.id
)
SELECT e.id, e.conversation_id, e.message_id, m.parent_id, m.depth, e.role, e.said,
       e.length, e.terms
  FROM near
  JOIN conversations_indexentry e ON e.message_id = near.id
  JOIN conversations_message m ON m.id = e.message_id
  JOIN conversations_conversation c ON c.id = e.conversation_id
 WHERE e.owner_id = %s AND NOT m.excluded AND (c.id = %s {everywhere})
"""
_EVERYWHERE = "OR c.recalls AND NOT c.temporary AND c.deleted_at IS NULL"


class Row(NamedTuple):
    """A message's entry. Ids and the time are as the database has them."""

    number: int
    talk: Hashable
    key: Hashable
    parent_key: Hashable | None
    depth: int
    role: str
    said: Any
    length: int
    terms: Any

    @property
    def conversation(self) -> UUID:
        return _UUID.to_python(self.talk)

    @property
    def message(self) -> UUID:
        return _UUID.to_python(self.key)

    @property
    def parent(self) -> UUID | None:
        return None if self.parent_key is None else _UUID.to_python(self.parent_key)


class Reachable:
    """The entries that may be recalled: of the owner's messages that none excluded, in
    the conversation ``here``, and with ``everywhere`` in all others that are part of
    memory. The message ``but`` is not.
    """

    def __init__(
        self, owner: UUID, here: UUID, *, everywhere: bool, but: UUID | None
    ) -> None:
        self._owner, self._here = _as_stored(owner), _as_stored(here)
        self._but = None if but is None else _as_stored(but)
        self._everywhere = _EVERYWHERE if everywhere else ""

    def with_surroundings(self, numbers: Collection[int]) -> list[Row]:
        """The candidates, and the messages before and after each."""
        if not numbers:
            return []
        query = _READ.format(
            numbers=", ".join(["%s"] * len(numbers)), everywhere=self._everywhere
        )
        values = [self._owner, *numbers, self._owner, self._here]
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            rows = map(Row._make, cursor.fetchall())
            return [row for row in rows if row.key != self._but]


def pool_of(
    rows: Sequence[Row], groups: Sequence[Sequence[int]], asks: int, tells_time: int
) -> Pool:
    """``groups``: hashes of each term asked for; ``asks`` and ``tells_time`` are those
    of the marks ``has:question`` and ``has:time``.
    """
    talks = {row.talk: number for number, row in enumerate(rows)}
    roles = np.array([row.role for row in rows])
    wanted = [*groups, [asks], [tells_time]]
    counts = counted(*_comparable([row.terms for row in rows], wanted))
    return Pool(
        np.array([row.number for row in rows], np.int64),
        np.array([talks[row.talk] for row in rows], np.int64),
        np.array([row.depth for row in rows], np.int64),
        roles == Message.Role.USER,
        roles == Message.Role.ASSISTANT,
        np.array([row.length for row in rows], np.float64),
        np.array([_day(row.said) for row in rows], "datetime64[D]"),
        counts[:, -2] > 0,
        counts[:, -1] > 0,
        counts[:, :-2],
    )


def _as_stored(key: UUID) -> Any:
    return _UUID.get_db_prep_value(key, connection)


def _comparable(
    stored: Sequence[Any], groups: Sequence[Sequence[int]]
) -> tuple[Sequence[Container[Any]], Sequence[Sequence[Any]]]:
    """Entries' hashes and those looked for, so that these can be looked for in those.

    Packed ones (``TermsField``) are not unpacked: four bytes are found in a thousand in
    no time. Once in ten million they are found across two hashes.
    """
    if stored and isinstance(stored[0], (bytes, memoryview)):
        packed = [[struct.pack(">i", each) for each in group] for group in groups]
        return [bytes(each) for each in stored], packed
    return [frozenset(each) for each in stored], groups


def _day(stored: Any) -> date | str:
    """SQLite has times as text."""
    return stored[:10] if isinstance(stored, str) else stored.date()
