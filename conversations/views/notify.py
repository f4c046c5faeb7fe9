"""The one thing the pages tell the sockets."""

from __future__ import annotations

from uuid import UUID

from conversations.announce import conversation_changed


def changed(user_id: UUID, conversation_id: UUID, *, branched: bool = False) -> None:
    """The person's other tabs should look at this conversation again. After commit."""
    conversation_changed(user_id, conversation_id, branched=branched)
