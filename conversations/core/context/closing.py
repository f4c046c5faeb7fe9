"""Putting a context together, in the order of the prompt."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.core.context.base import Block, Context, LeftOut
from conversations.core.context.blocks import said_block
from conversations.core.context.left_out import NO_ROOM, OLDER, held_back, passed_over
from conversations.core.context.opening import Opening
from conversations.core.context.recalled import NOTHING_QUOTED, Quoted
from conversations.core.context.standing import NO_SUMMARY, Standing
from conversations.core.context.turns import WholeTurn


def closing(
    strategy: str,
    start: Opening,
    recent: Sequence[WholeTurn],
    *,
    summary: Standing = NO_SUMMARY,
    recalled: Quoted = NOTHING_QUOTED,
    reason: str = OLDER,
) -> Context:
    """The context of these parts. What nothing stands for stayed out for ``reason``."""
    said = [message for turn in recent for message in turn.messages]
    in_place = {message.id for message in said}
    # A pinned message that is recent stays where it was said.
    pinned = [message for message in start.pinned if message.id not in in_place]
    blocks = (
        *start.system,
        *start.person,
        *summary.block,
        *start.files.block,
        *recalled.block,
        *([said_block("pinned", pinned)] if pinned else ()),
        said_block("recent", [*said, *start.asked]),
    )
    return Context(
        strategy,
        blocks,
        _left_out(start, blocks, recalled, summary, reason),
        start.over_budget,
        start.notes,
        start.files.left,
    )


def _left_out(
    start: Opening,
    blocks: Sequence[Block],
    recalled: Quoted,
    summary: Standing,
    reason: str,
) -> tuple[LeftOut, ...]:
    total = start.given.history.count
    sent = {message for block in blocks for message in block.messages}
    held = held_back(start.read, sent)
    known = sent.union(*(left.messages for left in held))
    # A pinned message from further back than was read has its own place.
    places = {m.id: m.place for m in start.pinned}
    places |= {m.id: m.place for m in recalled.messages if m.place}
    first = total - len(start.read) + 1
    places |= {m.id: first + at for at, m in enumerate(start.read) if m.id in known}
    return (
        *held,
        *passed_over(
            total,
            places.values(),
            summary,
            NO_ROOM if start.over_budget else reason,
        ),
    )
