"""The running summary, and the turns after it."""

from __future__ import annotations

from conversations.core.context.base import Context, Material
from conversations.core.context.blocks import spent
from conversations.core.context.closing import closing
from conversations.core.context.left_out import NOT_YET, OLDER
from conversations.core.context.standing import beyond_summary
from conversations.core.context.turns import after, fitting


def summary(given: Material) -> Context:
    """What always goes, the summary, and the whole turns after what it covers."""
    start, held = beyond_summary(given)
    room = start.room - spent(held.block)
    recent = fitting(after(start.turns, held.covered), room, start.paid)
    reason = NOT_YET if held.block else OLDER
    return closing("summary", start, recent, summary=held, reason=reason)
