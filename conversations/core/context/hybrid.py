"""A summary of what is long ago, what of it matters now, and the latest turns."""

from __future__ import annotations

from conversations.core.context.base import Context, Material
from conversations.core.context.blocks import spent
from conversations.core.context.closing import closing
from conversations.core.context.left_out import NOT_YET, OLDER
from conversations.core.context.recalled import candidates, quoted, share
from conversations.core.context.standing import beyond_summary
from conversations.core.context.turns import KEPT_TURNS, after, fitting


def hybrid(given: Material) -> Context:
    """What always goes, the summary, recalled turns, and the turns after the summary:
    the last five even when it covers them.

    Recalled turns have a share of the room for themselves; what they do not use goes to
    the latest turns, and a turn among these is not quoted as well.
    """
    start, held = beyond_summary(given, KEPT_TURNS)
    room = start.room - spent(held.block)
    turns = after(start.turns, held.covered, at_least=KEPT_TURNS)
    found = candidates(start)
    surely = fitting(turns, room - share(room), start.paid)
    recalled = quoted(start, found, surely, share(room))
    recent = fitting(turns, room - spent(recalled.block), start.paid)
    recalled = quoted(start, recalled.turns, recent, share(room))
    reason = NOT_YET if held.block else OLDER
    return closing(
        "hybrid", start, recent, summary=held, recalled=recalled, reason=reason
    )
