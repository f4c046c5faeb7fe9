"""The only doors to a person's objects: the object, or ``NotFound``.

Someone else's object and one that never existed cannot be told apart.
"""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from conversations.models import Conversation, File, Message, Turn

T = TypeVar("T")


class NotFound(Exception):
    """There is no such object, as far as this person may know."""


def conversations_of(user_id: UUID) -> QuerySet[Conversation]:
    """All conversations of a person, those in the trash included."""
    return Conversation.objects.filter(owner_id=user_id)


def conversation(
    user_id: UUID, conversation_id: UUID, **annotations: Any
) -> Conversation:
    """With ``annotations`` as further attributes."""
    rows = conversations_of(user_id).annotate(**annotations)
    return _there(rows.filter(id=conversation_id).first())


def conversation_to_write(user_id: UUID, conversation_id: UUID) -> Conversation:
    """A conversation that is not in the trash, locked until the transaction ends."""
    rows = conversations_of(user_id).select_for_update()
    return _there(rows.filter(id=conversation_id, deleted_at=None).first())


def conversation_to_erase(user_id: UUID, conversation_id: UUID) -> Conversation:
    """A conversation, locked: nothing is added to it while it goes."""
    rows = conversations_of(user_id).select_for_update()
    return _there(rows.filter(id=conversation_id).first())


def message(user_id: UUID, message_id: UUID) -> Message:
    return _there(Message.objects.filter(id=message_id, owner_id=user_id).first())


def file(user_id: UUID, file_id: UUID) -> File:
    return _there(File.objects.filter(id=file_id, owner_id=user_id).first())


def turn(user_id: UUID, turn_id: UUID) -> Turn:
    return _there(Turn.objects.filter(id=turn_id, owner_id=user_id).first())


def _there(found: T | None) -> T:
    if found is None:
        raise NotFound
    return found
