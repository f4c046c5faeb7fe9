"""What seems to matter to the question, wherever it was said, and the last turn."""

from __future__ import annotations

from conversations.core.context.base import Context, Material
from conversations.core.context.closing import closing
from conversations.core.context.left_out import NOT_RECALLED
from conversations.core.context.opening import opening
from conversations.core.context.recalled import MOST_TOKENS, candidates, quoted
from conversations.core.context.turns import fitting, messages_of

LAST_TURNS = 1  # so that "and why?" has something to refer to


def recall(given: Material) -> Context:
    """What always goes, the turns that matter most, and the last turn."""
    start = opening(given, messages_of(LAST_TURNS))
    recent = fitting(start.turns[-LAST_TURNS:], start.room, start.paid)
    room = start.room - sum(turn.cost(start.paid) for turn in recent)
    found = quoted(start, candidates(start), recent, min(MOST_TOKENS, room))
    return closing("recall", start, recent, recalled=found, reason=NOT_RECALLED)
