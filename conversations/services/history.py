"""Reading a branch of a conversation from its end, at a cost that never grows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from conversations.core.context.short_form import LONG, SHORT_TOKENS
from conversations.core.tokens import PER_ITEM
from conversations.models import Message

# Walks from a message towards the first one. It stops after so many messages, or when
# the tokens walked over exceed so many, so it never touches the rest of the branch.
# Tokens are counted as ``least_cost`` counts them.
_COST = f"""
    CASE WHEN m.excluded THEN 0
         WHEN m.tokens > {LONG} THEN {SHORT_TOKENS + PER_ITEM}
         ELSE m.tokens + {PER_ITEM} END
"""
_WALK = f"""
WITH RECURSIVE branch(id, parent_id, walked, tokens) AS (
    SELECT m.id, m.parent_id, 1, {_COST} FROM conversations_message m
     WHERE m.id = %s AND m.conversation_id = %s
    UNION ALL
    SELECT m.id, m.parent_id, branch.walked + 1, branch.tokens + {_COST}
      FROM conversations_message m JOIN branch ON m.id = branch.parent_id
     WHERE branch.walked < %s AND branch.tokens <= %s
)
SELECT m.id, m.owner_id, m.conversation_id, m.parent_id, m.depth, m.role, m.body,
       m.tokens, m.created, m.pinned_at, m.excluded, m.redacted, m.jump_id
  FROM branch JOIN conversations_message m ON m.id = branch.id
 ORDER BY m.depth
"""  # noqa: S608 - constants of our own
NO_LIMIT = 2**31 - 1

# The same walk for those who need no words yet.
_PLACES = """
WITH RECURSIVE branch(id, parent_id, role, depth, walked) AS (
    SELECT id, parent_id, role, depth, 1 FROM conversations_message
     WHERE id = %s AND conversation_id = %s
    UNION ALL
    SELECT m.id, m.parent_id, m.role, m.depth, branch.walked + 1
      FROM conversations_message m JOIN branch ON m.id = branch.parent_id
     WHERE branch.walked < %s
)
SELECT id, role, depth FROM branch ORDER BY depth
"""


class Place(NamedTuple):
    """Where a message stands on a branch, from 1. ``key`` is its id as the database
    has it: to make a UUID of each takes longer than the walk.
    """

    key: Hashable
    role: str
    depth: int

    @property
    def id(self) -> UUID:
        return Message._meta.pk.to_python(self.key)


def places(conversation_id: UUID, last: UUID, at_most: int) -> list[Place]:
    """The latest messages of the branch that ends with ``last``, oldest first."""
    key = Message._meta.pk
    ids = [key.get_db_prep_value(each, connection) for each in (last, conversation_id)]
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [*ids, at_most])
        return list(map(Place._make, cursor.fetchall()))


def branch(
    conversation_id: UUID,
    last: UUID | None,
    *,
    at_most: int = NO_LIMIT,
    tokens: int = NO_LIMIT,
) -> list[Message]:
    """The messages that end with ``last``, oldest first, without their rendering.

    Stops at ``at_most`` messages, or with the message that makes the walk exceed
    ``tokens`` (so a caller sees what no longer fits). ``last`` of None is no branch.
    """
    if last is None:
        return []
    ids = [
        Message._meta.pk.get_db_prep_value(each, connection)
        for each in (last, conversation_id)
    ]
    return list(Message.objects.raw(_WALK, [*ids, at_most, tokens]))
