"""When a process dies or stops: its turns are left, found, and gone on with.

Each step is a compare-and-set, so several processes may look for them at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from conversations.core.errors import ReplyCut
from conversations.core.turn import INTERRUPTED, STOPPED, Briefing, Outcome, Settled
from conversations.models import Turn, TurnChunk
from conversations.services.settling import end_unrun
from conversations.services.turns import Chunk

RUNNING, QUEUED = Turn.Status.RUNNING, Turn.Status.QUEUED
STALE = timedelta(seconds=2.5)  # six missed heartbeats
MOST_ATTEMPTS = 3  # without a word gained
AT_ONCE = 100  # turns that one look takes over
SERVER_ENDED = "The server stopped while it was writing this reply."


@dataclass(frozen=True, slots=True)
class Reaped:
    """``ended``: turns that are over now; ``again``: queued to go on, unless another
    process has them already.
    """

    ended: list[Settled]
    again: list[UUID]


def reap(
    now: datetime | None = None,
    *,
    runner: UUID | None = None,
    alive: Collection[UUID] = (),
) -> Reaped:
    """Take over turns whose runner is dead: they go on from their last checkpoint.
    ``runner`` asks, and knows of its own which are ``alive``: another may be one that
    it could not settle, its database away for too long.

    One that was to be stopped is stopped; one that was begun too often in vain, and may
    be what kills its runners, is interrupted with its text. Several processes may
    reap at once: each step is a compare-and-set.
    """
    cutoff = (now or timezone.now()) - STALE
    stale = Turn.objects.filter(status=RUNNING, heartbeat__lt=cutoff)
    if runner is not None:
        stale = stale.exclude(runner=runner, id__in=alive)
    found = list(stale.select_related("message").order_by("heartbeat")[:AT_ONCE])
    over = [t for t in found if t.stop_requested or t.attempts >= MOST_ATTEMPTS]
    again = [turn.id for turn in found if turn not in over]
    if again:  # all at once; that some were another's by now does no harm
        stale.filter(id__in=again, attempts__lt=MOST_ATTEMPTS).update(
            status=QUEUED, runner=None, heartbeat=None
        )
    ended = [
        _end(turn, stale.filter(id=turn.id, heartbeat=turn.heartbeat)) for turn in over
    ]
    return Reaped([settled for settled in ended if settled], again)


def _end(turn: Turn, claim: QuerySet[Turn]) -> Settled | None:
    outcome = Outcome(status=STOPPED)
    if not turn.stop_requested:
        outcome = Outcome(status=INTERRUPTED, error=ReplyCut(SERVER_ENDED))
    return end_unrun(turn, claim, outcome)


def release(briefing: Briefing, chunk: Chunk, *, runner: UUID) -> None:
    """Leave a running turn, with its last words, for the next process to go on with."""
    with transaction.atomic():
        mine = Turn.objects.filter(id=briefing.turn, status=RUNNING, runner=runner)
        if not mine.update(status=QUEUED, runner=None, heartbeat=None):
            return
        # a checkpoint that was under way may have stored some of it
        stored = max(0, _stored_up_to(chunk.turn) - chunk.offset)
        if rest := chunk.text[stored:]:
            TurnChunk.objects.create(
                turn_id=chunk.turn,
                owner_id=chunk.owner,
                offset=chunk.offset + stored,
                text=rest,
            )


def _stored_up_to(turn: UUID) -> int:
    last = TurnChunk.objects.filter(turn_id=turn).order_by("-offset").first()
    return last.offset + len(last.text) if last else 0


def waiting(now: datetime | None = None) -> list[UUID]:
    """Queued turns that nobody began, oldest first: their process died before.

    Of each conversation the first only; the others are begun when it is over.
    """
    cutoff = (now or timezone.now()) - STALE
    before = Turn.objects.filter(
        conversation_id=OuterRef("conversation_id"),
        status__in=Turn.LIVE,
        id__lt=OuterRef("id"),
    )
    first = Turn.objects.filter(~Exists(before), status=QUEUED, created__lt=cutoff)
    return list(first.order_by("id").values_list("id", flat=True)[:100])
