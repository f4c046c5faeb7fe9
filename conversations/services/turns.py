"""A turn's life in the database: claimed, checkpointed, settled, stopped, reaped.

Every change of status is a compare-and-set: whoever changes the row owns the step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from conversations.core import frames, prices
from conversations.core.errors import ReplyCut
from conversations.core.markdown import RENDERER_VERSION, render
from conversations.core.model_api import ModelRequest, Usage
from conversations.core.resuming import resuming_items
from conversations.core.tokens import count
from conversations.core.turn import (
    INTERRUPTED,
    NOTHING,
    Briefing,
    Outcome,
    Settled,
    SoFar,
)
from conversations.models import Conversation, Message, Turn, TurnChunk
from conversations.services import access
from conversations.services.planning import plan, tokens_planned

RUNNING, QUEUED = Turn.Status.RUNNING, Turn.Status.QUEUED
STALE = timedelta(seconds=4)  # eight missed heartbeats


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
    turn = _queued(turn_id)
    if turn is None:
        return None
    context, receipt = plan(turn)  # reads only: no other writer waits for it
    now = timezone.now()
    try:
        claimed = Turn.objects.filter(id=turn_id, status=QUEUED).update(
            status=RUNNING,
            runner=runner,
            heartbeat=now,
            started=now,
            **SealedTextField.sealed(turn, receipt=receipt),
        )
    except IntegrityError:  # another turn of the conversation began at this moment
        return None
    if not claimed:
        return None
    so_far = _so_far(turn)
    items = context.items
    if so_far.text:
        items = resuming_items(items, so_far.text)
    return Briefing(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.message.parent_id,
        turn.owner_id,
        ModelRequest(turn.model, items),
        context.tokens + so_far.counted,
        so_far,
    )


def checkpoint(
    chunks: Iterable[Chunk], turns: Iterable[UUID], *, runner: UUID
) -> Checkpointed:
    """Store what live turns gained, and their heartbeat, in one transaction."""
    turns = set(turns)
    with transaction.atomic():
        mine = Turn.objects.filter(id__in=turns, status=RUNNING, runner=runner)
        rows = mine.select_for_update().values_list("id", "stop_requested", "stop_seen")
        running = {turn: (asked, seen) for turn, asked, seen in rows}
        mine.update(heartbeat=timezone.now())
        TurnChunk.objects.bulk_create(
            TurnChunk(
                turn_id=chunk.turn,
                owner_id=chunk.owner,
                offset=chunk.offset,
                text=chunk.text,
            )
            for chunk in chunks
            if chunk.turn in running
        )
    to_stop = {turn: seen for turn, (asked, seen) in running.items() if asked}
    return Checkpointed(to_stop, turns - running.keys())


def settle(briefing: Briefing, outcome: Outcome, *, runner: UUID) -> Settled | None:
    """Store the reply, usage, cost, status. None when the turn is not ours any more.

    A turn that went on is charged for both parts.
    """
    had, error = briefing.so_far, outcome.error
    used = outcome.usage or _estimate(briefing, outcome)
    cost = had.cost_usd + prices.cost(briefing.request.model, used)
    usage = had.usage + used
    with transaction.atomic():
        mine = Turn.objects.filter(id=briefing.turn, status=RUNNING, runner=runner)
        if not mine.update(
            status=outcome.status,
            finished=timezone.now(),
            first_token=outcome.first_token,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cached_tokens=usage.cached,
            cost_usd=cost,
            error_code=error.code if error else "",
            error_sentence=str(error)[:300] if error else "",
            error_detail=error.detail[:300] if error else "",
        ):
            return None
        _store_reply(briefing, outcome)
        TurnChunk.objects.filter(turn_id=briefing.turn).delete()
    return Settled(
        briefing.turn,
        briefing.conversation,
        briefing.message,
        briefing.owner,
        outcome.status,
        len(outcome.text),
        usage,
        cost,
        frames.error_fields(error),
        next_queued(briefing.conversation),
    )


def request_stop(*, by: UUID, turn_id: UUID, seen: int | None) -> Settled | None:
    """Make the wish to stop durable. A turn still queued is over at once, returned."""
    turn = access.turn(by, turn_id)
    live = Turn.objects.filter(id=turn.id, stop_requested=None)
    now = timezone.now()
    live.filter(status__in=Turn.LIVE).update(stop_requested=now, stop_seen=seen)
    never_began = Turn.objects.filter(id=turn.id, status=QUEUED)
    if never_began.update(status=Turn.Status.STOPPED, finished=now):
        return _settled_without_running(turn, Turn.Status.STOPPED)
    return None


def partial_text(turn: Turn) -> str:
    """What the checkpoints of a turn hold, beyond what its message has."""
    return "".join(chunk.text for chunk in turn.chunks.all())


def reap(*, runner: UUID, now: datetime | None = None) -> list[Settled]:
    """End turns whose runner is dead. Their text, up to the last checkpoint, is kept.

    Several processes may reap at once: each stale turn is claimed by one of them.
    """
    now = now or timezone.now()
    stale = Turn.objects.filter(status=RUNNING, heartbeat__lt=now - STALE)
    ended = []
    for turn in stale.select_related("message").order_by("heartbeat")[:100]:
        claim = stale.filter(id=turn.id, heartbeat=turn.heartbeat)
        if claim.update(runner=runner, heartbeat=now):
            ended.append(_interrupt(turn, runner))
    return [settled for settled in ended if settled is not None]


def waiting(now: datetime | None = None) -> list[UUID]:
    """Queued turns that nobody began, oldest first: their process died before."""
    cutoff = (now or timezone.now()) - STALE
    return list(
        Turn.objects.filter(status=QUEUED, created__lt=cutoff)
        .order_by("id")
        .values_list("id", flat=True)[:100]
    )


def next_queued(conversation_id: UUID) -> UUID | None:
    queued = Turn.objects.filter(conversation_id=conversation_id, status=QUEUED)
    return queued.order_by("id").values_list("id", flat=True).first()


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


def _store_reply(briefing: Briefing, outcome: Outcome) -> None:
    row = Message(id=briefing.message, owner_id=briefing.owner)
    html = render(outcome.text) if outcome.html is None else outcome.html
    tokens = count(outcome.text)
    Message.objects.filter(id=briefing.message).update(
        html_version=RENDERER_VERSION,
        tokens=tokens,
        **SealedTextField.sealed(row, body=outcome.text, html=html),
    )
    Conversation.objects.filter(id=briefing.conversation).update(
        token_count=F("token_count") + tokens - briefing.so_far.counted,
        updated=timezone.now(),
    )


def _so_far(turn: Turn) -> SoFar:
    """What a turn that was begun before has; nothing for a new one, unread."""
    if turn.started is None:
        return NOTHING
    return SoFar(
        text=turn.message.body + partial_text(turn),
        counted=turn.message.tokens,
        usage=Usage(turn.input_tokens, turn.output_tokens, turn.cached_tokens),
        cost_usd=turn.cost_usd,
        first_token=turn.first_token,
    )


def _estimate(briefing: Briefing, outcome: Outcome) -> Usage:
    """Our own count, for servers that report none and for replies that broke off."""
    sent = briefing.prompt_tokens if outcome.first_token or outcome.text else 0
    new = outcome.text[len(briefing.so_far.text) :]
    return Usage(input=sent, output=count(new))


def _interrupt(turn: Turn, runner: UUID) -> Settled | None:
    text = turn.message.body + partial_text(turn)
    briefing = Briefing(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.message.parent_id,
        turn.owner_id,
        ModelRequest(turn.model, ()),
        tokens_planned(turn) if text else 0,
        _so_far(turn),
    )
    outcome = Outcome(
        status=INTERRUPTED,
        text=text,
        error=ReplyCut("The server stopped while it was writing this reply."),
    )
    return settle(briefing, outcome, runner=runner)


def _settled_without_running(turn: Turn, status: str) -> Settled:
    return Settled(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.owner_id,
        status,
        0,
        Usage(),
        turn.cost_usd,
        None,
        next_queued(turn.conversation_id),
    )
