"""A turn's life in the database: claimed, checkpointed, settled, stopped.

Every change of status is a compare-and-set: whoever changes the row owns the step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from conversations.core.context import Context
from conversations.core.model_api import ModelRequest, Usage
from conversations.core.resuming import resuming_items
from conversations.core.tokens import count
from conversations.core.turn import STOPPED, Briefing, Outcome, Settled
from conversations.models import Turn, TurnChunk
from conversations.services import access
from conversations.services.planning import plan
from conversations.services.settling import end_unrun, settle_claimed, so_far

RUNNING, QUEUED = Turn.Status.RUNNING, Turn.Status.QUEUED


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a checkpoint adds: text of a turn from an offset on (code points)."""

    turn: UUID
    owner: UUID
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Checkpointed:
    """``to_stop``: turns somebody asked to stop, with the characters they saw.
    ``lost``: turns that are not ours any more.
    """

    to_stop: dict[UUID, int | None]
    lost: set[UUID]


def begin(turn_id: UUID, *, runner: UUID) -> Briefing | None:
    """Claim a queued turn for ``runner`` and plan its context.

    None when it is not queued any more, or an earlier turn of its conversation is not
    over. The receipt is stored with the claim.
    """
    while (turn := _queued(turn_id)) is not None:
        context, receipt = plan(turn)  # reads only: no other writer waits for it
        try:
            if _claim(turn, receipt, runner):
                return _briefing(turn, context)
        except IntegrityError:  # another turn of the conversation began at this moment
            return None
        # taken, or its question was changed while it was planned: look again
    return None


def checkpoint(
    chunks: Iterable[Chunk], turns: Iterable[UUID], *, runner: UUID
) -> Checkpointed:
    """Store what live turns gained, and their heartbeat, in one transaction."""
    turns, now = set(turns), timezone.now()
    with transaction.atomic():
        mine = Turn.objects.filter(id__in=turns, status=RUNNING, runner=runner)
        rows = mine.select_for_update().values_list("id", "stop_requested", "stop_seen")
        running = {turn: (asked, seen) for turn, asked, seen in rows}
        gained = [chunk for chunk in chunks if chunk.turn in running]
        grown = {chunk.turn for chunk in gained}
        if grown:
            mine.filter(id__in=grown).update(heartbeat=now, attempts=0)
        if silent := running.keys() - grown:
            mine.filter(id__in=silent).update(heartbeat=now)
        TurnChunk.objects.bulk_create(
            TurnChunk(
                turn_id=chunk.turn,
                owner_id=chunk.owner,
                offset=chunk.offset,
                text=chunk.text,
            )
            for chunk in gained
        )
    to_stop = {turn: seen for turn, (asked, seen) in running.items() if asked}
    return Checkpointed(to_stop, turns - running.keys())


def settle(briefing: Briefing, outcome: Outcome, *, runner: UUID) -> Settled | None:
    """Store the reply, usage, cost, status. None when the turn is not ours any more."""
    mine = Turn.objects.filter(id=briefing.turn, status=RUNNING, runner=runner)
    turn = Turn(
        id=briefing.turn,
        owner_id=briefing.owner,
        conversation_id=briefing.conversation,
        message_id=briefing.message,
        model=briefing.request.model,
    )
    used = outcome.usage or _estimate(briefing, outcome)
    return settle_claimed(turn, mine, outcome, used, briefing.so_far)


def request_stop(*, by: UUID, turn_id: UUID, seen: int | None) -> Settled | None:
    """Make the wish to stop durable. A turn still queued is over at once, returned."""
    turn = access.turn(by, turn_id)
    live = Turn.objects.filter(id=turn.id, stop_requested=None)
    live.filter(status__in=Turn.LIVE).update(
        stop_requested=timezone.now(), stop_seen=seen
    )
    waits = Turn.objects.filter(id=turn.id, status=QUEUED)
    return end_unrun(turn, waits, Outcome(status=STOPPED, seen=True))


def live_turns(conversation_id: UUID) -> QuerySet[Turn]:
    """Queued and running turns of a conversation, in the order of their answers."""
    return Turn.objects.filter(
        conversation_id=conversation_id, status__in=Turn.LIVE
    ).order_by("id")


# --- helpers
_PLANNED_WITH = (
    "owner_id",
    "model",
    "strategy",
    "revision",
    "started",
    "conversation__owner_id",
    "conversation__system_prompt",
    "message__parent_id",
    "message__depth",
)


def _queued(turn_id: UUID) -> Turn | None:
    """The turn, if it is its conversation's turn to be answered."""
    turn = (
        Turn.objects.select_related("conversation", "message")
        .only(*_PLANNED_WITH)
        .filter(id=turn_id, status=QUEUED)
        .first()
    )
    if turn is None or live_turns(turn.conversation_id).filter(id__lt=turn.id).exists():
        return None
    return turn


def _claim(turn: Turn, receipt: str, runner: UUID) -> bool:
    """Granted if the turn is still queued, and for the question that was planned."""
    now = timezone.now()
    planned = Turn.objects.filter(id=turn.id, status=QUEUED, revision=turn.revision)
    return bool(
        planned.update(
            status=RUNNING,
            runner=runner,
            heartbeat=now,
            started=now,
            attempts=F("attempts") + 1,
            **SealedTextField.sealed(turn, receipt=receipt),
        )
    )


def _briefing(turn: Turn, context: Context) -> Briefing:
    had = so_far(turn)
    items = context.items
    if had.text:
        items = resuming_items(items, had.text)
    return Briefing(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.message.parent_id,
        turn.owner_id,
        ModelRequest(turn.model, items),
        context.tokens + had.counted,
        had,
    )


def _estimate(briefing: Briefing, outcome: Outcome) -> Usage:
    """Our own count, for servers that report none and for replies that broke off."""
    sent = briefing.prompt_tokens if outcome.first_token or outcome.text else 0
    new = outcome.text[len(briefing.so_far.text) :]
    return Usage(input=sent, output=count(new))
