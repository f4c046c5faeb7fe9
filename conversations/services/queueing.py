"""Messages that wait for the reply before theirs: no model has seen them yet.

So they can still be reworded or taken back. Whether one still waits is decided by a
compare-and-set on its turn; ``revision`` tells a runner that planned it to plan again.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from conversations.core.model_api import Usage
from conversations.core.turn import STOPPED, Settled
from conversations.models import Conversation, File, Message, Turn
from conversations.services import access, ancestry
from conversations.services.acknowledging import Conflict, Posted, once
from conversations.services.settling import next_queued

MOST_WAITING = 20  # turns of one conversation


class TooManyWaiting(Conflict):
    """Enough messages of the conversation wait for their answers."""


class AlreadyBegun(Conflict):
    """The message does not wait any more."""


def check_room(conversation: Conversation) -> None:
    """Raises ``TooManyWaiting``. Call it with the conversation locked."""
    live = Turn.objects.filter(conversation=conversation, status__in=Turn.LIVE)
    if live.count() > MOST_WAITING:
        raise TooManyWaiting


def waiting_turn(said: Message) -> Turn | None:
    """The turn that will answer a message which no model has seen, if it waits."""
    replies = Turn.objects.filter(message__parent_id=said.id)
    turns = list(replies.select_related("message")[:2])
    if len(turns) == 1 and turns[0].status == Turn.Status.QUEUED:
        return turns[0] if turns[0].started is None else None
    return None


def answer_instead(turn: Turn, said: Message) -> bool:
    """Store ``said`` and let a waiting turn answer it; False, and nothing is stored,
    when the turn has begun meanwhile.
    """
    if not _still_waiting(turn).update(revision=F("revision") + 1):
        return False
    said.save(force_insert=True)
    Message.objects.filter(id=turn.message_id).update(parent=said)
    ancestry.put_again(turn.message_id, ancestry.place_of(said.id))
    return True


def drop(*, by: UUID, request_id: UUID, message_id: UUID) -> Posted:
    """Take back a message that waits, and the place for its reply; those queued behind
    it move up. The end of its turn is in ``Posted.ended``.

    Raises ``NotFound``, ``AlreadyBegun``.
    """

    def work() -> Posted:
        said = access.message(by, message_id)
        conversation = access.conversation_to_write(by, said.conversation_id)
        turn = waiting_turn(said)
        if turn is None or said.parent_id is None:
            raise AlreadyBegun
        if not _still_waiting(turn).update(status=Turn.Status.STOPPED):
            raise AlreadyBegun
        _move_up(turn.message_id, said.parent_id)
        if conversation.head_id == turn.message_id:
            conversation.head_id = said.parent_id
        Conversation.objects.filter(id=conversation.id).update(
            head=conversation.head_id,
            message_count=F("message_count") - 2,
            token_count=F("token_count") - said.tokens,
            updated=timezone.now(),
        )
        # Not sent any more, and not gone: it may be sent once more.
        File.objects.filter(message=said).update(message=None, conversation=None)
        Message.objects.filter(id__in=(turn.message_id, said.id)).delete()
        following = next_queued(conversation.id)
        ended = _ended(turn, following)
        return Posted(conversation.id, said.id, None, branched=True, ended=ended)

    return once(by, request_id, work)


# --- helpers
def _still_waiting(turn: Turn) -> QuerySet[Turn]:
    return Turn.objects.filter(id=turn.id, status=Turn.Status.QUEUED, started=None)


def _move_up(reply: UUID, to: UUID) -> None:
    """What is queued behind a reply that will not come follows ``to`` instead."""
    place = ancestry.place_of(to)
    followers = list(Message.objects.filter(parent=reply).values_list("id", flat=True))
    Message.objects.filter(id__in=followers).update(parent=to)
    for follower in followers:
        moved = ancestry.put_again(follower, place)
        Turn.objects.filter(message__in=moved).update(revision=F("revision") + 1)


def _ended(turn: Turn, following: UUID | None) -> Settled:
    return Settled(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.owner_id,
        STOPPED,
        0,
        Usage(),
        turn.cost_usd,
        None,
        following,
    )
