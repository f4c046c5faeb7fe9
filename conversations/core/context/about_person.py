"""What a model is told of the person in every turn: core memory, then profile facts."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.core.context.base import Block, CoreBlock, Material
from conversations.core.context.blocks import spent, told
from conversations.core.context.facts import SHARE, facts_block
from conversations.core.prompts import CORE_HEADINGS

CORE_SHARE = 4  # a quarter of the prompt: both blocks fit in all but small windows


def about_person(
    given: Material, room: int
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Core memory and facts, each within its share and both in ``room`` tokens; and
    notes for the receipt on what stayed out.
    """
    prompt = given.budget.prompt
    core, missing = core_block(given.core, min(room, prompt // CORE_SHARE))
    facts, few = facts_block(given.facts, min(room - spent(core), prompt // SHARE))
    return (*core, *facts), (*missing, *few)


def core_block(
    blocks: Sequence[CoreBlock], room: int
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The blocks that are written, each whole or not at all."""
    parts: list[str] = []
    block: Block | None = None
    left = []
    for one in blocks:
        if not one.text:
            continue
        tried = told("core", "\n".join([*parts, _part(one)]))
        if tried.tokens <= room:
            parts.append(_part(one))
            block = tried
        else:
            left.append(f"core memory stayed out: {one.label}")
    return (block,) if block else (), tuple(left)


def _part(block: CoreBlock) -> str:
    # Indented, so that none of its lines can pass for a heading of the prompt.
    lines = (f"  {line}" for line in block.text.splitlines())
    return "\n".join([CORE_HEADINGS[block.label], *lines])
