"""Rows for tests, made through the ORM, so that they are sealed as in the product."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from accounts.models import User
from conversations.models import Conversation, Message, Turn, TurnChunk


def create_conversation(
    owner: User, *, title: str = "A talk", messages: int = 0, **fields: Any
) -> Conversation:
    """``messages``: so many, in turns of a question and its answer, on one branch."""
    conversation = Conversation.objects.create(owner=owner, title=title, **fields)
    for number in range(1, messages + 1):
        if number % 2:
            create_message(conversation, f"Question {number}")
        else:
            create_reply(conversation, f"Answer {number}")
    if "updated" in fields:
        Conversation.objects.filter(id=conversation.id).update(
            updated=fields["updated"]
        )
    conversation.refresh_from_db()
    return conversation


def create_message(
    conversation: Conversation,
    text: str = "Hello",
    *,
    role: str = "user",
    **fields: Any,
) -> Message:
    """A message after the last one, which it becomes itself."""
    head = Message.objects.filter(id=conversation.head_id).first()
    message = Message.objects.create(
        conversation=conversation,
        owner_id=conversation.owner_id,
        parent=head,
        depth=head.depth + 1 if head else 1,
        role=role,
        body=text,
        **fields,
    )
    conversation.head = message
    Conversation.objects.filter(id=conversation.id).update(
        head=message, message_count=F("message_count") + 1
    )
    return message


def create_reply(
    conversation: Conversation,
    text: str = "Hello yourself",
    *,
    status: str = Turn.Status.COMPLETE,
    chunks: Iterable[str] = (),
    message: dict[str, Any] | None = None,
    **fields: Any,
) -> Turn:
    """A reply and its turn. ``chunks``: the checkpoints of one not yet settled."""
    reply = create_message(conversation, text, role="assistant", **(message or {}))
    turn = Turn.objects.create(
        conversation=conversation,
        owner_id=conversation.owner_id,
        message=reply,
        status=status,
        **{"model": "demo", "strategy": "window", **fields},
    )
    offset = 0
    for chunk in chunks:
        TurnChunk.objects.create(
            turn=turn, owner_id=turn.owner_id, offset=offset, text=chunk
        )
        offset += len(chunk)
    return turn
