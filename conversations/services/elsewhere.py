"""What replies gain that another process writes, read from its checkpoints."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from conversations.models import Turn
from conversations.services.liveness import TurnView, turn_view

AT_MOST = 500  # turns a look


@dataclass(frozen=True, slots=True)
class Look:
    """``running``: turns that another runner writes. ``over``: those of the known that
    nobody writes any more.
    """

    running: list[TurnView]
    over: list[TurnView]


def look(watched: Collection[UUID], known: Collection[UUID], *, runner: UUID) -> Look:
    """Turns of the ``watched`` conversations that run in other processes.

    ``known``: the turns already mirrored. Where every turn runs here, this is one
    query that finds nothing.
    """
    live = Turn.objects.filter(status=Turn.Status.RUNNING).exclude(runner=runner)
    rows = live.values_list("id", "conversation_id")[:AT_MOST]
    running = {turn for turn, conversation in rows if conversation in watched}
    ended = set(known) - running
    views = [turn_view(turn) for turn in _with_texts(running | ended)]
    return Look(
        [view for view in views if view.turn in running],
        [view for view in views if view.turn in ended],
    )


def _with_texts(turns: Collection[UUID]) -> Iterable[Turn]:
    if not turns:
        return ()
    found = Turn.objects.filter(id__in=turns).order_by("id")
    return found.select_related("message").prefetch_related("chunks")
