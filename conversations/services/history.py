"""Reading a branch of a conversation from its end, at a cost that never grows."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from conversations.models import Message

# Walks from a message towards the first one. It stops after so many messages, or when
# the tokens walked over exceed so many, so it never touches the rest of the branch.
_WALK = """
WITH RECURSIVE branch(id, parent_id, walked, tokens) AS (
    SELECT id, parent_id, 1, tokens FROM conversations_message
     WHERE id = %s AND conversation_id = %s
    UNION ALL
    SELECT m.id, m.parent_id, branch.walked + 1, branch.tokens + m.tokens
      FROM conversations_message m JOIN branch ON m.id = branch.parent_id
     WHERE branch.walked < %s AND branch.tokens <= %s
)
SELECT m.id, m.owner_id, m.conversation_id, m.parent_id, m.depth, m.role, m.body,
       m.tokens, m.created
  FROM branch JOIN conversations_message m ON m.id = branch.id
 ORDER BY m.depth
"""
NO_LIMIT = 2**31 - 1


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
