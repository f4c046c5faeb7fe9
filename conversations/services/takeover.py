"""When a process dies or stops: its turns are left, found, and gone on with.

Each step is a compare-and-set, so several processes may look for them at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from conversations.core.errors import ReplyCut
from conversations.core.turn import INTERRUPTED, STOPPED, Briefing, Outcome, Settled
from conversations.models import Turn, TurnChunk
from conversations.services.settling import end_unrun
from conversations.services.turns import Chunk

RUNNING, QUEUED = Turn.Status.RUNNING, Turn.Status.QUEUED
STALE = timedelta(seconds=3)  # seven missed heartbeats
MOST_ATTEMPTS = 3  # without a word gained
SERVER_ENDED = "The server stopped while it was writing this reply."


@dataclass(frozen=True, slots=True)
class Reaped:
    """``ended``: turns that are over now; ``again``: queued to go on."""

    ended: list[Settled]
    again: list[UUID]


def reap(now: datetime | None = None) -> Reaped:
    """Take over turns whose runner is dead: they go on from their last checkpoint.

    One that was to be stopped is stopped; one that was begun too often in vain, and may
    be what kills its runners, is interrupted with its text. Several processes may
    reap at once: each step is a compare-and-set.
    """
    now = now or timezone.now()
    stale = Turn.objects.filter(status=RUNNING, heartbeat__lt=now - STALE)
    reaped = Reaped([], [])
    for turn in stale.select_related("message").order_by("heartbeat")[:100]:
        claim = stale.filter(id=turn.id, heartbeat=turn.heartbeat)
        if turn.stop_requested or turn.attempts >= MOST_ATTEMPTS:
            outcome = Outcome(status=STOPPED)
            if not turn.stop_requested:
                outcome = Outcome(status=INTERRUPTED, error=ReplyCut(SERVER_ENDED))
            if settled := end_unrun(turn, claim, outcome):
                reaped.ended.append(settled)
        elif claim.update(status=QUEUED, runner=None, heartbeat=None):
            reaped.again.append(turn.id)
    return reaped


def release(briefing: Briefing, chunk: Chunk, *, runner: UUID) -> None:
    """Leave a running turn, with its last words, for the next process to go on with."""
    with transaction.atomic():
        mine = Turn.objects.filter(id=briefing.turn, status=RUNNING, runner=runner)
        if mine.update(status=QUEUED, runner=None, heartbeat=None) and chunk.text:
            TurnChunk.objects.create(
                turn_id=chunk.turn,
                owner_id=chunk.owner,
                offset=chunk.offset,
                text=chunk.text,
            )


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
