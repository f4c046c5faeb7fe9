"""Second thoughts: edit a message, answer again, go on with a reply, change branches.

Nothing said is overwritten: an edit or a new try is a sibling in the tree, and the
conversation's head says which branch is shown.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conversations.core.markdown import RENDERER_VERSION, render
from conversations.core.tokens import count
from conversations.models import Conversation, Message, Turn
from conversations.services import access, ancestry, queueing, redacting, spending
from conversations.services.acknowledging import Conflict, Posted, StaleParent, once
from conversations.services.growing import Choice, grow, new_turn

RESUMABLE = (Turn.Status.STOPPED, Turn.Status.INTERRUPTED, Turn.Status.FAILED)


class StillRunning(Conflict):
    """The reply is still being written."""


class NotEditable(Conflict):
    """A reply can be reworded, but not asked for an answer."""


def edit(
    *,
    by: UUID,
    request_id: UUID,
    message_id: UUID,
    text: str,
    rerun: bool,
) -> Posted:
    """A sibling of the message with other words; ``rerun`` has it answered. A turn that
    still waits to answer the old words answers the new ones.

    Raises ``NotFound``, ``StillRunning``, ``NotEditable``.
    """
    redacted = redacting.noted(by, text)
    text = redacting.masked_now(text)

    def work() -> Posted:
        conversation, old = _written(by, message_id)
        if rerun and old.role != Message.Role.USER:
            raise NotEditable
        new = _sibling(old, text, redacted)
        if not rerun:
            grow(conversation, [new], None)
            return Posted(conversation.id, new.id, None, branched=True)
        waiting = queueing.waiting_turn(old)
        if waiting is not None and _reword(conversation, new, waiting):
            turn_id, reply_id = waiting.id, waiting.message_id
            return Posted(conversation.id, new.id, turn_id, reply_id, branched=True)
        queueing.check_room(conversation)
        place = replace(ancestry.place_of(old.id), id=new.id)
        reply, turn = new_turn(conversation, new, place, Choice("", ""))
        grow(conversation, [new, reply], turn)
        return Posted(conversation.id, new.id, turn.id, reply.id, branched=True)

    return once(by, request_id, work)


def regenerate(
    *,
    by: UUID,
    request_id: UUID,
    message_id: UUID,
    model: str = "",
    strategy: str = "",
) -> Posted:
    """A sibling of the reply, written anew.

    Raises ``NotFound``, ``StillRunning``, ``NotEditable``, ``UnknownStrategy``.
    """
    choice = Choice.of(model, strategy)

    def work() -> Posted:
        conversation, old = _written(by, message_id)
        if old.role != Message.Role.ASSISTANT or old.parent is None:
            raise NotEditable
        queueing.check_room(conversation)
        place = ancestry.place_of(old.parent.id)
        reply, turn = new_turn(conversation, old.parent, place, choice)
        grow(conversation, [reply], turn)
        parent = old.parent_id
        return Posted(conversation.id, parent, turn.id, reply.id, branched=True)

    return once(by, request_id, work)


def resume(*, by: UUID, request_id: UUID, turn_id: UUID) -> Posted:
    """Go on with a reply that was stopped or broke off: the same turn, queued again.

    Raises ``NotFound``; ``StaleParent`` when the conversation has gone on since, for
    what later turns were shown must stay what it was; ``StillRunning``.
    """

    def work() -> Posted:
        turn = access.turn(by, turn_id)
        conversation = access.conversation_to_write(by, turn.conversation_id)
        if conversation.head_id != turn.message_id:
            raise StaleParent
        spending.check(by, turn.model)
        ended = Turn.objects.filter(id=turn.id, status__in=RESUMABLE)
        if not ended.update(
            status=Turn.Status.QUEUED,
            runner=None,
            finished=None,
            stop_requested=None,
            stop_seen=None,
            attempts=0,
            error_code="",
            error_sentence="",
            error_detail="",
        ):
            raise StillRunning
        reply = Message.objects.values_list("id", "parent_id").get(id=turn.message_id)
        return Posted(conversation.id, reply[1], turn.id, reply[0])

    return once(by, request_id, work)


@transaction.atomic
def show_branch(*, by: UUID, conversation_id: UUID, message_id: UUID) -> None:
    """Show the branch through a message, to its latest end. Raises ``NotFound``."""
    conversation = access.conversation_to_write(by, conversation_id)
    if access.message(by, message_id).conversation_id != conversation.id:
        raise access.NotFound
    Conversation.objects.filter(id=conversation.id).update(
        head=ancestry.end_below(message_id)
    )


# --- helpers
def _reword(conversation: Conversation, new: Message, waiting: Turn) -> bool:
    """Add ``new`` above the reply that a turn waits to write, unless it has begun."""
    if not queueing.answer_instead(waiting, new):
        return False
    Conversation.objects.filter(id=conversation.id).update(
        head=ancestry.end_below(waiting.message_id),
        message_count=F("message_count") + 1,
        token_count=F("token_count") + new.tokens,
        updated=timezone.now(),
    )
    return True


def _written(by: UUID, message_id: UUID) -> tuple[Conversation, Message]:
    """A message that is not being written, and its conversation, locked."""
    message = access.message(by, message_id)
    conversation = access.conversation_to_write(by, message.conversation_id)
    if message.turns.filter(status__in=Turn.LIVE).exists():
        raise StillRunning
    return conversation, message


def _sibling(old: Message, text: str, redacted: dict[str, int] | None) -> Message:
    new = Message(
        conversation_id=old.conversation_id,
        owner_id=old.owner_id,
        parent_id=old.parent_id,
        depth=old.depth,
        jump_id=old.jump_id,
        role=old.role,
        body=text,
        tokens=count(text),
        redacted=redacted,
    )
    is_reply = new.role == Message.Role.ASSISTANT
    if is_reply and redacting.keeps_rendering(old.owner_id, text):
        new.html, new.html_version = render(text), RENDERER_VERSION
    return new
