"""Posting a message: from here on nothing typed can be lost."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from conversations.core.first_words import first_words
from conversations.core.tokens import count
from conversations.models import Conversation, Message
from conversations.services import access, ancestry, files, redacting
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
    temporary: bool = False,
    attachments: Sequence[UUID] = (),
) -> Posted:
    """Store a message with its queued turn, in one transaction. A new conversation may
    be ``temporary``: it never touches what is known about the person. With
    ``attachments``, the person's files that were not sent yet, ``text`` may be empty.

    A repeated ``request_id`` is answered as the first time and changes nothing.
    Raises ``NotFound``, ``StaleParent``, ``TooManyWaiting``, ``TooManyFiles``,
    ``UnknownStrategy``, and ``CannotOpen`` when the person's key is gone.
    """
    choice = Choice.of(model, strategy)
    redacted = redacting.noted(by, text)
    text = redacting.masked_now(text)

    def work() -> Posted:
        conversation = _open(by, conversation_id, parent_id)
        if conversation._state.adding:
            conversation.temporary = temporary
        if not conversation._state.adding:
            check_room(conversation)
        said = _said(conversation, text, redacted)
        head = conversation.head_id
        place = ancestry.put(said, ancestry.place_of(head) if head else None)
        reply, turn = new_turn(conversation, said, place, choice)
        if conversation._state.adding:
            conversation.title = redacting.cut(by, text, first_words)
        grow(conversation, [said, reply], turn)
        files.attach(said, conversation, by, attachments)
        hidden = redacted is not None
        return Posted(conversation.id, said.id, turn.id, reply.id, redacted=hidden)

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


def _said(
    conversation: Conversation, text: str, redacted: dict[str, int] | None
) -> Message:
    return Message(
        conversation=conversation,
        owner_id=conversation.owner_id,
        parent_id=conversation.head_id,
        role=Message.Role.USER,
        body=text,
        tokens=count(text),
        redacted=redacted,
    )
