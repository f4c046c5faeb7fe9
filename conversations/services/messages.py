"""Posting a message: from here on nothing typed can be lost."""

from __future__ import annotations

from uuid import UUID

from conversations.core.first_words import first_words
from conversations.core.tokens import count
from conversations.models import Conversation, Message
from conversations.services import access
from conversations.services.acknowledging import Posted, StaleParent, once
from conversations.services.growing import Choice, grow, new_turn
from conversations.services.queueing import check_room


def post(
    *,
    by: UUID,
    request_id: UUID,
    text: str,
    conversation_id: UUID | None = None,
    parent_id: UUID | None = None,
    model: str = "",
    strategy: str = "",
) -> Posted:
    """Store a message with its queued turn, in one transaction.

    A repeated ``request_id`` is answered as the first time and changes nothing.
    Raises ``NotFound``, ``StaleParent``, ``TooManyWaiting``, ``UnknownStrategy``, and
    ``CannotOpen`` when the person's key is gone.
    """
    choice = Choice.of(model, strategy)

    def work() -> Posted:
        conversation = _open(by, conversation_id, parent_id)
        if not conversation._state.adding:
            check_room(conversation)
        said = _said(conversation, text)
        reply, turn = new_turn(conversation, said, choice)
        if conversation._state.adding:
            conversation.title = first_words(text)
        grow(conversation, [said, reply], turn)
        return Posted(conversation.id, said.id, turn.id, reply.id)

    return once(by, request_id, work)


def _open(
    by: UUID, conversation_id: UUID | None, parent_id: UUID | None
) -> Conversation:
    """The conversation to write to, locked against a second writer; or a new one."""
    if conversation_id is None:
        if parent_id is not None:
            raise access.NotFound
        return Conversation(owner_id=by)
    conversation = access.conversation_to_write(by, conversation_id)
    if parent_id is not None and parent_id != conversation.head_id:
        raise StaleParent
    return conversation


def _said(conversation: Conversation, text: str) -> Message:
    return Message(
        conversation=conversation,
        owner_id=conversation.owner_id,
        parent_id=conversation.head_id,
        depth=_depth_of_head(conversation) + 1,
        role=Message.Role.USER,
        body=text,
        tokens=count(text),
    )


def _depth_of_head(conversation: Conversation) -> int:
    if conversation.head_id is None:
        return 0
    heads = Message.objects.filter(id=conversation.head_id)
    return heads.values_list("depth", flat=True).get()
