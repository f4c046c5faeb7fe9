"""Turns from further back, quoted because they seem to matter to the question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count as count_from
from uuid import UUID

from conversations.core.context.base import Block, Recalled, StoredMessage
from conversations.core.context.blocks import spent, told
from conversations.core.context.opening import Opening
from conversations.core.context.short_form import SHORT_TOKENS, as_sent
from conversations.core.context.turns import KEPT_TURNS, WholeTurn, sendable
from conversations.core.prompts import (
    CITE,
    ELSEWHERE,
    HERE,
    RECALLED_HEADING,
    SPEAKERS,
)
from conversations.core.tokens import count

MOST = 8  # turns
# What matters is nearly always in the best of them: more costs and brings little.
MOST_TOKENS = 2_000
SHARE = 4  # of the room: what was just said matters more
_HEADING = f"{RECALLED_HEADING} {CITE}"
_SEAM = 2  # tokens between one quote and the next


@dataclass(frozen=True, slots=True)
class Quoted:
    """Recalled turns that go, as their block."""

    block: tuple[Block, ...] = ()
    turns: tuple[Recalled, ...] = ()

    @property
    def messages(self) -> tuple[StoredMessage, ...]:
        return tuple(message for turn in self.turns for message in turn.messages)


NOTHING_QUOTED = Quoted()


def candidates(start: Opening) -> list[Recalled]:
    """What may matter to the question, the best first; some of it may be recent."""
    if start.over_budget or not start.asked:
        return []
    return start.given.recall.find(start.asked[0].text, MOST + KEPT_TURNS)


def share(room: int) -> int:
    """How many tokens of ``room`` recalled turns may take."""
    return min(MOST_TOKENS, room // SHARE)


def quoted(
    start: Opening,
    found: Iterable[Recalled],
    recent: Iterable[WholeTurn],
    room: int,
) -> Quoted:
    """The best of ``found`` that fit in ``room`` tokens, in the order in which they
    were said. What is sent anyway is not said twice, what was excluded not at all.
    """
    here, first = start.given.conversation, start.files.marks + 1
    kept: list[Recalled] = []
    left = room - told("recalled", _HEADING).tokens
    seen = start.paid.union(m.id for m in start.asked)
    seen |= {m.id for turn in recent for m in turn.messages}
    for turn in found:
        turn = _sendable(turn, seen)
        cost = _SEAM + count(_quote(turn, here, first + MOST))
        if not turn.messages or len(kept) == MOST or cost > left:
            continue
        kept.append(turn)
        left -= cost
        seen |= {message.id for message in turn.messages}
    made = _together(kept, here, first)
    # Counted apart and counted as one text, tokens can differ by a few.
    while spent(made.block) > room:
        kept.pop()
        made = _together(kept, here, first)
    return made


def _sendable(turn: Recalled, seen: Collection[UUID]) -> Recalled:
    messages = [m for m in sendable(turn.messages) if m.id not in seen and m.text]
    return replace(
        turn,
        messages=tuple(
            as_sent(replace(m, pinned=False), SHORT_TOKENS) for m in messages
        ),
    )


def _together(kept: Sequence[Recalled], here: UUID | None, first: int) -> Quoted:
    """Turns of other conversations are numbered from ``first`` on, to be cited."""
    if not kept:
        return NOTHING_QUOTED
    turns = tuple(sorted(kept, key=lambda turn: (turn.said, turn.messages[0].place)))
    numbers = count_from(first)
    marks = [0 if _is_of(here, turn) else next(numbers) for turn in turns]
    quotes = [_quote(t, here, mark) for t, mark in zip(turns, marks, strict=True)]
    heading = _HEADING if any(marks) else RECALLED_HEADING
    text = "\n\n".join([heading, *quotes])
    block = replace(
        told("recalled", text),
        messages=tuple(m.id for turn in turns for m in turn.messages),
        scores=tuple(turn.score for turn in turns for _ in turn.messages),
        marks=tuple(
            mark for t, mark in zip(turns, marks, strict=True) for _ in t.messages
        ),
        shortened=tuple(m.id for turn in turns for m in turn.messages if m.short),
    )
    return Quoted((block,), turns)


def _is_of(here: UUID | None, turn: Recalled) -> bool:
    return turn.conversation == here or any(m.place for m in turn.messages)


def _quote(turn: Recalled, here: UUID | None, mark: int) -> str:
    """A turn like a page of a play, with its date and place above each speaker, and
    the number to cite it by, if it is said elsewhere.
    """
    of_here = _is_of(here, turn)
    where = f"[{turn.said:%Y-%m-%d}, {HERE if of_here else ELSEWHERE}]"
    if not of_here:
        where = f"[{mark}] {where}"
    return "\n".join(
        f"{where} {SPEAKERS.get(message.role, message.role)}: {_indented(message.text)}"
        for message in turn.messages
    )


def _indented(text: str) -> str:
    """Only our own lines begin at the margin: no quote can pass for another speaker."""
    return "\n  ".join(line.rstrip() for line in text.splitlines() if line.strip())
