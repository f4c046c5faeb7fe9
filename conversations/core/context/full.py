"""Everything that was ever said on the branch. Grows with the conversation."""

from __future__ import annotations

from conversations.core.context.base import Context, Material
from conversations.core.context.blocks import said_block, spent, system_block
from conversations.core.context.facts import SHARE, facts_block
from conversations.core.context.left_out import held_back
from conversations.core.context.turns import sendable


def full(given: Material) -> Context:
    """Send it all, whole; say so when that is more than the budget."""
    everything = given.history.everything()
    asked = everything[-1:]
    said = said_block("recent", [*sendable(everything[:-1]), *asked])
    system = system_block(given.system_prompt)
    facts, notes = facts_block(given.facts, given.budget.prompt // SHARE)
    blocks = (*system, *facts, said)
    return Context(
        "full",
        blocks,
        held_back(everything, set(said.messages)),
        over_budget=spent(blocks) > given.budget.prompt,
        notes=notes,
    )
