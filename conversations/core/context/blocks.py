"""The blocks of a prompt, and what each costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from uuid import UUID

from conversations.core.context.base import Block, RunningSummary, StoredMessage
from conversations.core.model_api import Item, ToolUse
from conversations.core.prompts import SUMMARY_HEADING
from conversations.core.tokens import PER_ITEM, count


def told(kind: str, text: str, source: UUID | None = None) -> Block:
    """A block that tells the model something, as one system item."""
    return Block(kind, count(text) + PER_ITEM, (Item("system", text),), source=source)


def system_block(prompt: str) -> tuple[Block, ...]:
    return (told("system", prompt),) if prompt else ()


def summary_block(summary: RunningSummary) -> Block:
    heading = SUMMARY_HEADING.format(covered=summary.covered)
    return told("summary", f"{heading}\n{summary.text.strip()}", summary.id)


def said_block(kind: str, messages: Sequence[StoredMessage]) -> Block:
    """Messages as they were said, in their roles."""
    return Block(
        kind,
        cost(messages),
        tuple(item for message in messages for item in items_of(message)),
        tuple(message.id for message in messages),
        shortened=tuple(message.id for message in messages if message.short),
        images=tuple(one.image.id for m in messages for one in m.attached if one.image),
    )


def cost(messages: Iterable[StoredMessage]) -> int:
    """Tokens of messages in a prompt."""
    return sum(message.cost for message in messages)


def spent(blocks: Iterable[Block]) -> int:
    """Tokens of blocks."""
    return sum(block.tokens for block in blocks)


def items_of(message: StoredMessage) -> list[Item]:
    """A message as items: each tool call where it was made in the reply, its result
    right behind it.
    """
    items: list[Item] = []
    done = 0
    calls = sorted(message.calls, key=lambda call: call.offset)
    for offset, group in groupby(calls, key=lambda call: call.offset):
        made = list(group)
        uses = tuple(ToolUse(call.call_id, call.name, call.arguments) for call in made)
        items.append(Item(message.role, message.text[done:offset], calls=uses))
        items += [Item("tool", call.output, call_id=call.call_id) for call in made]
        done = max(done, offset)
    rest = message.text[done:]
    if message.attached:
        told_of = "\n".join(one.line for one in message.attached)
        rest = f"{rest}\n\n{told_of}" if rest else told_of
    if rest:
        images = tuple(one.image for one in message.attached if one.image)
        items.append(Item(message.role, rest, images=images))
    return items
