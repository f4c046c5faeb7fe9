"""The latest turns that fit. Costs the same however long the conversation is."""

from __future__ import annotations

from conversations.core.context.base import (
    Budget,
    Context,
    History,
    LeftOut,
    StoredMessage,
    recent_block,
    system_block,
)
from conversations.core.tokens import count


def window(system_prompt: str, history: History, budget: Budget) -> Context:
    """The system prompt and the last whole turns within the budget.

    The message to answer always goes, even when it alone is over the budget: to send
    nothing would be a silent lie, and the model's own limit gives a clear error.
    """
    system = system_block(system_prompt, count(system_prompt))
    room = budget.prompt - sum(block.tokens for block in system)
    kept = _whole_turns(history.tail(max(0, room)), room)
    recent = recent_block(kept)
    missing = history.count - len(kept)
    return Context(
        "window",
        (*system, recent),
        left_out=(LeftOut("older than the window", missing),) if missing else (),
        over_budget=recent.tokens > room,
    )


def _whole_turns(tail: list[StoredMessage], room: int) -> list[StoredMessage]:
    """The longest end of ``tail`` that fits and begins with what a person said."""
    spent, fits = 0, len(tail)
    for at in range(len(tail) - 1, -1, -1):
        spent += tail[at].cost
        if spent > room:
            break
        if tail[at].role == "user":
            fits = at
    return tail[fits:] or tail[-1:]
