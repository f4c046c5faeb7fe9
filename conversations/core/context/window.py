"""The latest turns that fit. Costs the same however long the conversation is."""

from __future__ import annotations

from conversations.core.context.base import Context, Material
from conversations.core.context.closing import closing
from conversations.core.context.opening import opening
from conversations.core.context.turns import fitting


def window(given: Material) -> Context:
    """What always goes, and the last whole turns within the budget."""
    start = opening(given)
    return closing("window", start, fitting(start.turns, start.room, start.paid))
