"""What happens in other processes to conversations that are watched here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from conversations.models import Conversation, Turn
from conversations.services.liveness import TurnView, turn_view
from conversations.services.shown_calls import told_calls

AT_ONCE = 500  # conversations that a query names


@dataclass(frozen=True, slots=True)
class Look:
    """``running``: turns that another runner writes. ``waiting``: queued turns, each
    with its conversation. ``over``: turns that nobody writes any more, of the known
    ones and of conversations that moved. ``moved``: when these were last active.
    """

    running: list[TurnView]
    over: list[TurnView]
    waiting: dict[UUID, UUID]
    moved: dict[UUID, datetime]


def look(
    watched: Mapping[UUID, datetime | None], known: Collection[UUID], *, runner: UUID
) -> Look:
    """Turns of the ``watched`` conversations that other processes run or ended.

    ``watched`` says when each was last active as far as is known here, ``known`` which
    turns are shown here as live. Where every turn runs here and nothing moved, these
    are two queries that find nothing.
    """
    running, waiting = _live(watched.keys(), runner)
    moved = _moved(watched)
    ended = set(known) - running
    since = {one: at for one in moved if (at := watched[one]) is not None}
    ended |= _ended_since(since, runner)
    asked = running | ended
    calls = told_calls(asked) if asked else {}
    views = [turn_view(turn, calls.get(turn.id, ())) for turn in _with_texts(asked)]
    return Look(
        [view for view in views if view.turn in running],
        [view for view in views if view.turn in ended],
        waiting,
        moved,
    )


def _live(
    watched: Collection[UUID], runner: UUID
) -> tuple[set[UUID], dict[UUID, UUID]]:
    live = Turn.objects.filter(status__in=Turn.LIVE).exclude(runner=runner)
    if len(watched) <= AT_ONCE:
        live = live.filter(conversation_id__in=watched)
    rows = live.order_by().values_list("id", "conversation_id", "status")
    here = [row for row in rows.iterator() if row[1] in watched]
    running = {turn for turn, _, status in here if status == Turn.Status.RUNNING}
    return running, {turn: where for turn, where, _ in here if turn not in running}


def _moved(watched: Mapping[UUID, datetime | None]) -> dict[UUID, datetime]:
    moved, ids = {}, list(watched)
    for at in range(0, len(ids), AT_ONCE):
        found = Conversation.objects.filter(id__in=ids[at : at + AT_ONCE])
        for one, updated in found.order_by().values_list("id", "updated"):
            if watched[one] != updated:
                moved[one] = updated
    return moved


def _ended_since(moved: Mapping[UUID, datetime], runner: UUID) -> set[UUID]:
    """Of conversations that moved since some moment, the last turn, if it ended since
    and not here: nobody here may have seen it run.
    """
    if not moved:
        return set()
    heads = Conversation.objects.filter(id__in=moved).values("head_id")
    last = Turn.objects.filter(message_id__in=heads, finished__isnull=False)
    rows = last.exclude(runner=runner).values_list("id", "conversation_id", "finished")
    return {turn for turn, where, at in rows if at > moved[where]}


def _with_texts(turns: Collection[UUID]) -> Iterable[Turn]:
    if not turns:
        return ()
    found = Turn.objects.filter(id__in=turns).order_by("id")
    return found.select_related("message").prefetch_related("chunks")
