"""The tool calls that a page shows with a reply: each in a line, what it was given and
gave, and the way to take back what it changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from conversations.core.tools import ToldCall
from conversations.models import ToolCall, Turn
from conversations.services.memory_changes import Changes, Undo

LINE = 160  # characters
DETAIL = 2_000  # characters of what it was given and gave
_FAILED = "Error: "

Status = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class ShownCall:
    """``line`` says in words what it did, or does. ``undo``: its change can be taken
    back. Input (JSON) and output are cut to a readable length.
    """

    call_id: str
    status: Status
    line: str
    input: str
    output: str
    undo: Undo | None
    redacted: Mapping[str, int] | None = None  # of the output


def shown_calls(
    replies: Iterable[UUID], changes: Changes
) -> dict[UUID, tuple[ShownCall, ...]]:
    """By reply, in the order they were asked for. ``changes``: those of their owner.
    One query; two where core memory may have changed within the last day.
    """
    rows = ToolCall.objects.filter(turn__message_id__in=list(replies))
    calls = list(rows.select_related("turn").only(*_SHOWN))
    undoes = changes.by_call(calls)
    found: dict[UUID, list[ShownCall]] = defaultdict(list)
    for call in calls:
        found[call.turn.message_id].append(_shown(call, undoes.get(call.id)))
    return {reply: tuple(its) for reply, its in found.items()}


def told_calls(turns: Iterable[UUID]) -> dict[UUID, tuple[ToldCall, ...]]:
    """By turn, how its calls stand: what who watches is told of them. One query."""
    rows = ToolCall.objects.filter(turn_id__in=list(turns))
    found: dict[UUID, list[ToldCall]] = defaultdict(list)
    for call in rows.only(*_TOLD):
        words = line(call.name, call.status, call.output.removeprefix(_FAILED))
        told = ToldCall(call.call_id, call.name, call.status, words)
        found[call.turn_id].append(told)
    return {turn: tuple(its) for turn, its in found.items()}


def line(name: str, status: str, told: str = "") -> str:
    """What a call does, or did, in words; ``told`` is what the tool said of it."""
    words = name.replace("_", " ").capitalize()
    if status == "running":
        return f"{words}…"
    if status == "cancelled":
        return f"{words}: stopped"
    told = told.strip().partition("\n")[0] or words
    return told if len(told) <= LINE else told[: LINE - 1] + "…"


def _shown(call: ToolCall, undo: Undo | None) -> ShownCall:
    status = _status(call)
    return ShownCall(
        call.call_id,
        status,
        # tools begin with what they did, in the words of their summary
        line(call.name, status, call.output.removeprefix(_FAILED)),
        _cut(call.input),
        _cut(call.output),
        undo,
        call.redacted,
    )


def _status(call: ToolCall) -> Status:
    """One that runs in no turn never ended: its process died just then."""
    if call.status == ToolCall.Status.RUNNING and call.turn.status not in Turn.LIVE:
        return "cancelled"
    return call.status


def _cut(text: str) -> str:
    if len(text) <= DETAIL:
        return text
    return f"{text[:DETAIL]}\n… and {len(text) - DETAIL:,} more characters"


_TOLD = ("owner_id", "turn_id", "call_id", "name", "output", "status")
_SHOWN = (
    "owner_id",
    "call_id",
    "name",
    "input",
    "output",
    "redacted",
    "status",
    "created",
    "finished",
    "turn__message_id",
    "turn__status",
)
