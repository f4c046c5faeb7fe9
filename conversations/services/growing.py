"""Adding messages to a conversation's tree, and the turn that will answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from conversations.conf import chat_defaults
from conversations.models import Conversation, Message, Turn


class UnknownStrategy(Exception):
    """There is no such context strategy."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The model and strategy a request asks for; "" follows the conversation."""

    model: str
    strategy: str

    @classmethod
    def of(cls, model: str, strategy: str) -> Choice:
        """Raises ``UnknownStrategy``."""
        if strategy and strategy not in chat_defaults().strategies:
            raise UnknownStrategy(strategy)
        return cls(model, strategy)


def new_turn(
    conversation: Conversation, said: Message, choice: Choice
) -> tuple[Message, Turn]:
    """The place for the reply to ``said``, and its queued turn; not stored yet."""
    defaults = chat_defaults()
    common = {"conversation": conversation, "owner_id": conversation.owner_id}
    reply = Message(
        **common,
        parent=said,
        depth=said.depth + 1,
        role=Message.Role.ASSISTANT,
        body="",
    )
    turn = Turn(
        **common,
        message=reply,
        model=choice.model or conversation.model or defaults.model,
        strategy=choice.strategy or conversation.strategy or defaults.strategy,
    )
    return reply, turn


def grow(
    conversation: Conversation, messages: Sequence[Message], turn: Turn | None
) -> None:
    """Store new messages; the last becomes the head. Call it in a transaction."""
    head, tokens = messages[-1], sum(message.tokens for message in messages)
    if conversation._state.adding:  # its head may come later: checked at the commit
        conversation.head = head
        conversation.message_count, conversation.token_count = len(messages), tokens
        conversation.save(force_insert=True)
    else:
        Conversation.objects.filter(id=conversation.id).update(
            head=head,
            message_count=F("message_count") + len(messages),
            token_count=F("token_count") + tokens,
            updated=timezone.now(),
            archived_at=None,
        )
    Message.objects.bulk_create(messages)
    if turn is not None:
        turn.save(force_insert=True)
