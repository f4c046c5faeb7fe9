"""The parts of a prompt and what stayed out of it, in plain words, for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from conversations.core.context import Budget, left_out, standing
from conversations.core.model_api import Usage
from conversations.core.prices import Price

AMBER, RED = 75, 90  # percent of the room
_LABELS = {
    "system": "System prompt",
    "core": "Core memory",
    "facts": "Profile facts",
    "summary": "Summary",
    "files": "Passages of files",
    "recalled": "Recalled turns",
    "pinned": "Pinned messages",
    "recent": "Recent turns",
    "tools": "Tools",
}
_HUES = {
    "system": "system",
    "core": "profile",
    "facts": "profile",
    "summary": "summary",
    "files": "memory",
    "recalled": "memory",
    "tools": "tools",
}
_WHY = {
    left_out.EXCLUDED: "left out by you",
    left_out.SILENT: "empty, so there was nothing to send",
    left_out.OLDER: "older than what fits",
    left_out.NOT_YET: "older than what fits, and not in the summary yet",
    left_out.NOT_RECALLED: "further back, and not among what matters most",
    left_out.NO_ROOM: "for which your message itself leaves no room",
    standing.COVERED: "told by the summary instead",
    standing.NO_SHORTER: "further back; a summary would be no shorter",
    standing.TOO_LONG: "further back; their summary did not fit",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a part. ``score``: of a recalled one. ``where``: the title of
    another conversation, "" for this one. ``tokens`` of 0: counted with its part.
    """

    message: UUID
    conversation: UUID
    who: str
    text: str
    tokens: int
    said: datetime
    where: str = ""
    score: float | None = None
    short: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A block that is sent. ``hue`` names its colour; ``cost`` is USD of fresh input,
    None where the model is free; ``earlier`` lines are not among ``lines``.
    """

    kind: str
    label: str
    tokens: int
    cost: Decimal | None = None
    text: str = ""
    lines: tuple[Line, ...] = ()
    earlier: int = 0

    @property
    def hue(self) -> str:
        return _HUES.get(self.kind, "recent")


@dataclass(frozen=True, slots=True)
class Left:
    """Messages that are not sent, and why."""

    count: int
    why: str

    def __str__(self) -> str:
        return (
            f"{self.count:,} {'message' if self.count == 1 else 'messages'} {self.why}"
        )


@dataclass(frozen=True, slots=True)
class LeftOfFile:
    """Passages of a file that are not sent, and why; ``count`` of 0: it has none."""

    name: str
    count: int
    why: str

    def __str__(self) -> str:
        if not self.count:
            return f"{self.name}: {self.why}"
        many = "1 passage" if self.count == 1 else f"{self.count:,} passages"
        return f"{many} of {self.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the bar; ``x`` and ``width`` are percentages of it."""

    hue: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Fill:
    """How full the room for a prompt is. ``room`` is the window without the reserve."""

    tokens: int
    room: int
    reserve: int
    segments: tuple[Segment, ...] = ()

    @property
    def percent(self) -> int:
        return round(100 * self.tokens / self.room) if self.room else 100

    @property
    def level(self) -> str:
        """ "" or amber or red."""
        if self.percent >= RED:
            return "red"
        return "amber" if self.percent >= AMBER else ""


def messages(count: int) -> str:
    return f"{count:,} {'message' if count == 1 else 'messages'}"


def label(kind: str, texts: Sequence[str] = ()) -> str:
    """What a block is, in plain words; of a summary, how much it stands for."""
    if kind == "summary" and texts and (found := re.search(r"\d[\d,]*", texts[0][:80])):
        return f"Summary of the first {found[0]} messages"
    return _LABELS.get(kind, kind)


def left(reason: str, count: int) -> Left:
    return Left(count, _WHY.get(reason, reason))


def passages_left(recorded: Iterable[Mapping[str, Any]]) -> tuple[LeftOfFile, ...]:
    """Of files, as receipts record it."""
    return tuple(
        LeftOfFile(one["name"], one["count"], one["reason"]) for one in recorded
    )


def input_cost(price: Price, tokens: int) -> Decimal | None:
    """USD of so many fresh input tokens; None of a free model."""
    return None if price.is_free else price.cost(Usage(input=tokens))


def filled(parts: Iterable[Part], budget: Budget) -> Fill:
    """The bar of a prompt: its parts, and at the end what is kept for the reply."""
    parts = list(parts)
    tokens = sum(part.tokens for part in parts)
    room = max(0, budget.window - budget.reply)
    scale = max(budget.window, tokens + budget.reply, 1)
    segments, at = [], 0
    for part in parts:
        segments.append(_segment(part.hue, at, part.tokens, scale))
        at += part.tokens
    segments.append(_segment("reserved", scale - budget.reply, budget.reply, scale))
    return Fill(tokens, room, budget.reply, tuple(segments))


def _segment(hue: str, at: int, tokens: int, scale: int) -> Segment:
    return Segment(hue, f"{100 * at / scale:.2f}%", f"{100 * tokens / scale:.2f}%")
