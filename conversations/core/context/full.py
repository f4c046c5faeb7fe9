"""Everything that was ever said on the branch. Grows with the conversation."""

from __future__ import annotations

from conversations.core.context.base import (
    Budget,
    Context,
    History,
    recent_block,
    system_block,
)
from conversations.core.tokens import count


def full(system_prompt: str, history: History, budget: Budget) -> Context:
    """Send it all; say so when that is more than the budget."""
    blocks = (
        *system_block(system_prompt, count(system_prompt)),
        recent_block(history.everything()),
    )
    spent = sum(block.tokens for block in blocks)
    return Context("full", blocks, over_budget=spent > budget.prompt)
