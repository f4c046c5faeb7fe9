"""What a context strategy is given and what it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from conversations.core.model_api import Item, Role
from conversations.core.tokens import PER_ITEM


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of the branch with the tokens counted when it was written."""

    id: UUID
    role: Role
    text: str
    tokens: int

    @property
    def cost(self) -> int:
        """Tokens it takes in a prompt."""
        return self.tokens + PER_ITEM


class History(Protocol):
    """The branch that ends with the message to answer, read from its end."""

    def tail(self, tokens: int) -> list[StoredMessage]:
        """The latest messages, oldest first: up to and including the first that makes
        them cost more than ``tokens``.
        """
        ...

    def everything(self) -> list[StoredMessage]: ...

    @property
    def count(self) -> int:
        """How many messages the branch has in all."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens. ``reply`` is kept free for the answer."""

    window: int
    reply: int

    @property
    def prompt(self) -> int:
        return max(0, self.window - self.reply)


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a prompt: what it is, what it costs, where it came from."""

    kind: str  # system, recent
    tokens: int
    items: tuple[Item, ...]
    messages: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Messages that were not sent, and why."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that goes to the model for one turn."""

    strategy: str
    blocks: tuple[Block, ...]
    left_out: tuple[LeftOut, ...] = ()
    over_budget: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for block in self.blocks for item in block.items)

    @property
    def tokens(self) -> int:
        return sum(block.tokens for block in self.blocks)

    def receipt(self, budget: Budget) -> dict[str, Any]:
        """The stored record: ids and numbers; the words stay with their messages.

        Text that has no message of its own (a system prompt) is kept as it was sent.
        """
        return {
            "strategy": self.strategy,
            "window": budget.window,
            "reply_reserve": budget.reply,
            "tokens": self.tokens,
            "over_budget": self.over_budget,
            "blocks": [_block_record(block) for block in self.blocks],
            "left_out": [
                {"reason": left.reason, "count": left.count} for left in self.left_out
            ],
        }


Strategy = Callable[[str, History, Budget], Context]
"""(system prompt, history, budget) → context. Pure: same input, same context."""


def system_block(prompt: str, tokens: int) -> tuple[Block, ...]:
    if not prompt:
        return ()
    return (Block("system", tokens + PER_ITEM, (Item("system", prompt),)),)


def recent_block(messages: list[StoredMessage]) -> Block:
    """Stored messages as they were said. An empty reply says nothing, so it stays out:
    some servers refuse empty items.
    """
    said = [message for message in messages if message.text]
    return Block(
        "recent",
        sum(message.cost for message in said),
        tuple(Item(message.role, message.text) for message in said),
        tuple(message.id for message in said),
    )


def _block_record(block: Block) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": block.kind, "tokens": block.tokens}
    if block.messages:
        record["messages"] = [str(message) for message in block.messages]
    else:
        record["texts"] = [item.text for item in block.items]
    return record
