"""A turn's life in the database: claimed, checkpointed, settled, stopped.

Every change of status is a compare-and-set: whoever changes the row owns the step.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from conversations.core.errors import OverBudget
from conversations.core.model_api import ModelRequest
from conversations.core.resuming import going_on
from conversations.core.tokens import count
from conversations.core.turn import (
    FAILED,
    INTERRUPTED,
    STOPPED,
    Briefing,
    Outcome,
    Settled,
    SoFar,
)
from conversations.models import Turn, TurnChunk
from conversations.services import access, attached, spending
from conversations.services.calling import cancel_open_calls
from conversations.services.planning import (
    Offer,
    Plan,
    no_tools,
    plan,
    reply_so_far,
)
from conversations.services.settling import end_unrun, settle_claimed, so_far
from conversations.services.shown_calls import told_calls

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


class StillReading(Exception):
    """Files of the question are being read: it can be answered better in a moment."""


def begin(
    turn_id: UUID, *, runner: UUID, offer: Offer = no_tools, patient: bool = False
) -> Briefing | Settled | None:
    """Claim a queued turn for ``runner`` and plan its context, with the tools that
    ``offer`` says.

    None when it is not queued any more, or an earlier turn of its conversation is not
    over. The receipt is stored with the claim. One that costs more than its owner may
    spend is over at once. If ``patient``, raises ``StillReading``.
    """
    while (turn := _queued(turn_id)) is not None:
        if patient and turn.unread:
            raise StillReading
        planned = plan(turn, offer)  # reads only: no other writer waits for it
        had = so_far(turn)
        try:
            if _claim(turn, planned, had, runner):
                return _briefing(turn, planned, had)
        except IntegrityError:  # another turn of the conversation began at this moment
            return None
        except OverBudget as problem:
            status = INTERRUPTED if had.text else FAILED
            waits = Turn.objects.filter(id=turn.id, status=QUEUED)
            return end_unrun(turn, waits, Outcome(status=status, error=problem))
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
    had = briefing.so_far
    used = outcome.usage + had.unsettled
    return settle_claimed(turn, mine, outcome, used, had, briefing.price)


def request_stop(*, by: UUID, turn_id: UUID, seen: int | None) -> Settled | None:
    """Make the wish to stop durable. A turn still queued is over at once, returned."""
    turn = access.turn(by, turn_id)
    live = Turn.objects.filter(id=turn.id, stop_requested=None)
    live.filter(status__in=Turn.LIVE).update(
        stop_requested=timezone.now(), stop_seen=seen
    )
    waits = Turn.objects.filter(id=turn.id, status=QUEUED)
    return end_unrun(turn, waits, Outcome(status=STOPPED, seen=True))


def place_of(*, by: UUID, turn_id: UUID) -> dict[str, UUID]:
    """The conversation and the reply of a turn. Raises ``NotFound``."""
    turn = access.turn(by, turn_id)
    return {"conversation": turn.conversation_id, "message": turn.message_id}


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
    "conversation__owner__preferences__model",
    "conversation__owner__preferences__strategy",
    "conversation__owner__preferences__system_prompt",
    "conversation__owner__preferences__uses_facts",
    "conversation__owner__preferences__learns_facts",
    "conversation__owner__preferences__recalls",
    "conversation__owner__name",
    "conversation__temporary",
    "conversation__uses_facts",
    "conversation__recalls",
    "conversation__summarises",
    "message__parent_id",
    "message__depth",
)


def _queued(turn_id: UUID) -> Turn | None:
    """The turn, if it is its conversation's turn to be answered."""
    turn = (
        Turn.objects.select_related(
            "conversation__owner__preferences", "conversation", "message"
        )
        .annotate(
            has_files=attached.sent_in("conversation_id"),
            unread=attached.unread_on("message__parent_id"),
        )
        .only(*_PLANNED_WITH)
        .filter(id=turn_id, status=QUEUED)
        .first()
    )
    if turn is None or live_turns(turn.conversation_id).filter(id__lt=turn.id).exists():
        return None
    return turn


def _claim(turn: Turn, planned: Plan, had: SoFar, runner: UUID) -> bool:
    """Granted if the turn is still queued, and for the question that was planned; what
    it may cost is set aside. Raises ``OverBudget``.
    """
    gone = planned.card.price.cost(had.unsettled)
    dearest = gone + planned.most_usd(count(had.text))
    now = timezone.now()
    waits = Turn.objects.filter(id=turn.id, status=QUEUED, revision=turn.revision)
    with transaction.atomic() if dearest else nullcontext():
        spending.reserve(turn.owner_id, turn.id, dearest)
        claimed = waits.update(
            status=RUNNING,
            runner=runner,
            heartbeat=now,
            started=now,
            attempts=F("attempts") + 1,
            **SealedTextField.sealed(turn, receipt=planned.receipt),
        )
        if claimed and turn.started is not None:
            cancel_open_calls(turn.id)  # of a runner that died over them
    return bool(claimed)


def _briefing(turn: Turn, planned: Plan, had: SoFar) -> Briefing:
    calls = {} if turn.started is None else told_calls([turn.id])
    return Briefing(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.message.parent_id,
        turn.owner_id,
        ModelRequest(
            turn.model,
            going_on(planned.items, reply_so_far(turn, had.text)),
            max_output_tokens=planned.card.reply_limit,
            tools=planned.tools,
            owner=turn.owner_id,
        ),
        planned.tokens + count(had.text),
        had,
        planned.card.price,
        planned.reply_tokens,
        calls.get(turn.id, ()),
    )
