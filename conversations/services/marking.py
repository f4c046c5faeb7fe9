"""Marks on a message that every later turn of its branch heeds."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.models import Conversation, Message, Summary
from conversations.services import access, ancestry
from conversations.services.acknowledging import Conflict

MOST_PINNED = 20  # messages of one conversation; each costs its tokens every turn


class TooManyPinned(Conflict):
    """More would leave no room for the talk itself."""


def pin(*, by: UUID, message_id: UUID) -> Message:
    """Send this message with every turn. One that was excluded is so no more.

    Raises ``NotFound``, ``TooManyPinned``.
    """
    with transaction.atomic():
        message, conversation = _writable(by, message_id)
        if message.pinned_at is None:
            pinned = Message.objects.filter(
                conversation=conversation, pinned_at__isnull=False
            )
            if pinned.count() >= MOST_PINNED:
                raise TooManyPinned
        return _mark(message, pinned_at=message.pinned_at or timezone.now())


def unpin(*, by: UUID, message_id: UUID) -> Message:
    """Raises ``NotFound``."""
    with transaction.atomic():
        return _mark(_writable(by, message_id)[0])


def exclude(*, by: UUID, message_id: UUID) -> Message:
    """Send this message with no turn any more, nor a summary that speaks of it: that
    goes, and another is made in time. Raises ``NotFound``.
    """
    with transaction.atomic():
        message, conversation = _writable(by, message_id)
        for summary in Summary.objects.filter(
            conversation=conversation, covered__gte=message.depth
        ):
            if ancestry.leads_through(summary.covers_id, message.id, message.depth):
                summary.delete()
        return _mark(message, excluded=True)


def include(*, by: UUID, message_id: UUID) -> Message:
    """Raises ``NotFound``."""
    with transaction.atomic():
        return _mark(_writable(by, message_id)[0])


def _writable(by: UUID, message_id: UUID) -> tuple[Message, Conversation]:
    message = access.message(by, message_id)
    return message, access.conversation_to_write(by, message.conversation_id)


def _mark(message: Message, **marks: object) -> Message:
    """A message is pinned, or excluded, or neither."""
    message.pinned_at = marks.get("pinned_at")
    message.excluded = bool(marks.get("excluded", False))
    message.save(update_fields=["pinned_at", "excluded"])
    return message
