"""Adding messages to a conversation's tree, and the turn that will answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from conversations.conf import chat_defaults
from conversations.models import Conversation, Message, Turn
from conversations.services import (
    ancestry,
    catalogue,
    indexing,
    live_turns,
    preferences,
    spending,
)
from conversations.services.ancestry import Place


class UnknownStrategy(Exception):
    """There is no such context strategy."""


class UnknownModel(Exception):
    """The model is not offered here."""


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
    conversation: Conversation, said: Message, place: Place, choice: Choice
) -> tuple[Message, Turn]:
    """The place for the reply to ``said``, and its queued turn; not stored yet.
    ``place`` is that of ``said``. What the choice leaves open the conversation says,
    then its owner, then the site.

    Raises ``UnknownModel``, ``TooManyLive``, ``OverBudget``.
    """
    defaults, wishes = chat_defaults(), preferences.of(conversation.owner_id)
    model = choice.model or conversation.model or wishes.model or defaults.model
    if catalogue.is_withheld(model) or (
        catalogue.has_unknown_price(model)
        and spending.has_budget(conversation.owner_id)
    ):
        raise UnknownModel(model)
    live_turns.check(conversation)
    spending.check(conversation.owner_id, model)
    common = {"conversation": conversation, "owner_id": conversation.owner_id}
    reply = Message(
        **common,
        parent=said,
        role=Message.Role.ASSISTANT,
        body="",
    )
    ancestry.put(reply, place)
    turn = Turn(
        **common,
        message=reply,
        model=model,
        strategy=choice.strategy
        or conversation.strategy
        or wishes.strategy
        or defaults.strategy,
    )
    return reply, turn


def grow(
    conversation: Conversation, messages: Sequence[Message], turn: Turn | None
) -> None:
    """Store new messages, which can be found from then on; the last becomes the head.
    Call it in a transaction.
    """
    head, tokens = messages[-1], sum(message.tokens for message in messages)
    is_new = conversation._state.adding
    if is_new:  # its head may come later: checked at the commit
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
    if not conversation.temporary:
        indexing.put_messages(messages)
    if is_new:
        indexing.put_title(conversation)
    if turn is not None:
        turn.save(force_insert=True)
