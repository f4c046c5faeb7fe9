"""Which stretch of which branch to show, so that a certain message is on the page.

Costs the same wherever in a long conversation it is, and changes nothing: looking at
another branch does not make it the conversation's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from conversations.models import Conversation, Message
from conversations.services import ancestry


class Side(Enum):
    """Where of a message the stretch is."""

    BEFORE = "before"
    AFTER = "after"
    AROUND = "around"


@dataclass(frozen=True, slots=True)
class Stretch:
    """It ends with ``last``. ``is_latest``: so does the conversation;
    ``has_newer``: its branch goes on; ``is_elsewhere``: that is not the conversation's.
    """

    last: UUID | None
    is_latest: bool = False
    has_newer: bool = False
    is_elsewhere: bool = False


def latest(conversation: Conversation) -> Stretch:
    return Stretch(conversation.head_id, is_latest=True)


def stretch(
    conversation: Conversation, message: Message, side: Side, size: int
) -> Stretch:
    """One of ``size`` messages, on that side of a message of the conversation."""
    if side is Side.BEFORE:
        return Stretch(message.parent_id, has_newer=True)
    here = ancestry.leads_through(conversation.head_id, message.id, message.depth)
    end = conversation.head_id if here else ancestry.end_below(message.id)
    length = Message.objects.values_list("depth", flat=True).get(id=end)
    wanted = message.depth + (size if side is Side.AFTER else size // 2)
    if wanted >= length or (side is Side.AROUND and message.depth > length - size):
        return Stretch(end, is_latest=here, is_elsewhere=not here)
    last = ancestry.ancestor_at(end, wanted)
    return Stretch(last, has_newer=True, is_elsewhere=not here)
