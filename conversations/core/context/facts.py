"""Which profile facts go with a turn: the ten most important, in a small share."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.core.context.base import Block, KnownFact
from conversations.core.context.blocks import told
from conversations.core.prompts import FACTS_HEADING

MOST = 10  # more would drown the ones that matter, in every single turn
SHARE = 10  # a tenth of the prompt: the conversation itself matters more


def facts_block(
    facts: Sequence[KnownFact], room: int
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Pinned facts first, then by importance, as they fit in ``room`` tokens; and a
    note for the receipt when some stayed out.
    """
    ranked = sorted(facts, key=lambda fact: (not fact.pinned, -fact.importance))
    lines: list[str] = []
    block: Block | None = None
    for fact in ranked[:MOST]:
        tried = told("facts", "\n".join([FACTS_HEADING, *lines, _line(fact)]))
        # One that is too long keeps none of those after it out.
        if tried.tokens <= room:
            lines.append(_line(fact))
            block = tried
    missing = len(facts) - len(lines)
    notes = (f"{missing} of {len(facts)} facts stayed out",) if missing else ()
    return (block,) if block else (), notes


def _line(fact: KnownFact) -> str:
    # On one line, whatever it holds: no fact can pass for a heading of the prompt.
    return f"- {' '.join(fact.key.split())}: {' '.join(fact.value.split())}"
