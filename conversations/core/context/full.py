"""Everything that was ever said on the branch. Grows with the conversation."""

from __future__ import annotations

from conversations.core.context.about_person import about_person
from conversations.core.context.base import Context, Material
from conversations.core.context.blocks import cost, said_block, spent, system_block
from conversations.core.context.files import enclosed
from conversations.core.context.left_out import held_back
from conversations.core.context.turns import sendable


def full(given: Material) -> Context:
    """Send it all, whole; say so when that is more than the budget."""
    everything = given.history.everything()
    asked = everything[-1:]
    said = said_block("recent", [*sendable(everything[:-1]), *asked])
    system = system_block(given.system_prompt)
    person, notes = about_person(given, given.budget.prompt)
    room = max(0, given.budget.prompt - spent(system) - cost(asked))
    files = enclosed(given.files, asked[0].text if asked else "", room)
    blocks = (*system, *person, *files.block, said)
    return Context(
        "full",
        blocks,
        held_back(everything, set(said.messages)),
        over_budget=spent(blocks) > given.budget.prompt,
        notes=notes,
        passages_left=files.left,
    )
