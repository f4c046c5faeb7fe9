"""How many replies of one person may be written at the same time."""

from __future__ import annotations

from uuid import UUID

from conversations import conf
from conversations.models import Conversation, Turn
from conversations.services.acknowledging import Conflict

RETRY_AFTER = 3  # seconds; a reply takes about that long to end


class TooManyLive(Conflict):
    """Replies are being written in as many conversations as the person may have."""

    retry_after = RETRY_AFTER


def check(conversation: Conversation) -> None:
    """Raises ``TooManyLive``. In one conversation one reply is written at a time and
    others wait, so conversations are counted, and what waits in this one does not.

    Two requests at the very same moment may both get the last place on PostgreSQL.
    """
    at_most = conf.live_turns()
    if at_most and _others(conversation.owner_id, conversation.id) >= at_most:
        raise TooManyLive


def _others(person: UUID, conversation: UUID) -> int:
    live = Turn.objects.filter(owner_id=person, status__in=Turn.LIVE)
    elsewhere = live.exclude(conversation_id=conversation).order_by()
    return elsewhere.values("conversation_id").distinct().count()
