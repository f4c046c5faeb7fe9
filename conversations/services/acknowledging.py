"""Doing what a client asks exactly once, however often it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import limits
from conversations.core.errors import OverBudget
from conversations.core.turn import Settled
from conversations.models import Acknowledgement
from conversations.services.access import NotFound


class Conflict(Exception):
    """The conversation is not in the state the request was made for."""


class StaleParent(Conflict):
    """The conversation has gone on since; the request answers to an old state."""


class TooFast(Conflict):
    """More requests than a person types, within a minute."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Posted:
    """What is acknowledged. ``repeated``: it was done before, nothing changed.

    ``branched``: the branch shown changed otherwise than by growing at its end.
    ``ended``: a turn that is over by it. ``notice``: what a command answered, and
    ``compact`` when it asked for a summary. ``redacted``: something of the message is
    kept from the model.
    """

    conversation: UUID | None
    message: UUID | None
    turn: UUID | None
    reply: UUID | None = None
    repeated: bool = False
    branched: bool = False
    ended: Settled | None = None
    notice: str | None = None
    compact: bool = False
    redacted: bool = False


def once(by: UUID, request_id: UUID, work: Callable[[], Posted]) -> Posted:
    """Do ``work`` and acknowledge it, in one transaction; or repeat its answer."""
    wait = limits.spend("messages", by)  # before a lock is held: Redis may be slow
    try:
        if wait:
            raise TooFast(wait)
        with transaction.atomic():
            posted = work()
            answer = Acknowledgement.objects.create(
                owner_id=by,
                request_id=request_id,
                conversation_id=posted.conversation,
                message_id=posted.message,
                turn_id=posted.turn,
            )
            if posted.notice is not None:  # sealed to the row, which has its id now
                answer.notice = posted.notice
                answer.save(update_fields=["notice"])
            return posted
    except (IntegrityError, Conflict, NotFound, OverBudget):
        # the same request again; what it changed may be why it fails now
        if answered := acknowledged(by, request_id):
            return answered
        raise


def acknowledged(by: UUID, request_id: UUID) -> Posted | None:
    """What this request was answered before, if it was."""
    known = Acknowledgement.objects.filter(owner_id=by, request_id=request_id).first()
    if known is None:
        return None
    return Posted(
        known.conversation_id,
        known.message_id,
        known.turn_id,
        repeated=True,
        notice=known.notice,
    )
