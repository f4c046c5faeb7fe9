"""What a context strategy is given and what it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from conversations.core.context.enclosed import (
    Attachment,
    Files,
    GivenFile,
    NoFiles,
    Passage,
    PassagesLeft,
    passages_record,
)
from conversations.core.model_api import Item, Role
from conversations.core.tokens import PER_ITEM


@dataclass(frozen=True, slots=True)
class PastCall:
    """A tool call of an earlier reply, with what stays of its output in prompts."""

    call_id: str
    name: str
    arguments: str  # JSON
    output: str
    offset: int  # of the reply's text where it was asked for
    tokens: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of the branch with the tokens counted when it was written."""

    id: UUID
    role: Role
    text: str
    tokens: int
    pinned: bool = False
    excluded: bool = False
    calls: tuple[PastCall, ...] = ()
    place: int = 0  # on the branch, from 1; 0: it is not of this branch
    short: bool = False  # the text is a short form
    attached: tuple[Attachment, ...] = ()

    @property
    def says_nothing(self) -> bool:
        """An empty reply. It stays out: some servers refuse empty items."""
        return not (self.text or self.calls or self.attached)

    @property
    def cost(self) -> int:
        """Tokens it takes in a prompt, whole, with its tool calls and attachments."""
        more = sum(call.tokens for call in self.calls)
        more += sum(one.tokens for one in self.attached)
        return self.tokens + PER_ITEM + more


class History(Protocol):
    """The branch that ends with the message to answer, read from its end."""

    def tail(self, tokens: int, at_most: int | None = None) -> list[StoredMessage]:
        """The latest messages, oldest first: up to and including the first that makes
        them cost more than ``tokens`` (``short_form.least_cost`` of each), and never
        more than ``at_most`` of them.
        """
        ...

    def everything(self) -> list[StoredMessage]: ...

    def pinned(self) -> list[StoredMessage]:
        """All pinned messages of the branch, oldest first; there are few."""
        ...

    @property
    def count(self) -> int:
        """How many messages the branch has in all."""
        ...


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A profile fact, as it is told to a model. ``importance`` is 0 to 1."""

    key: str
    value: str
    importance: float = 0.5
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class CoreBlock:
    """A block of core memory: how the assistant is (``assistant``), or what it knows
    of the ``person``.
    """

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class RunningSummary:
    """What stands for the first ``covered`` messages of the branch, which cost
    ``source_tokens`` (0: not known).
    """

    id: UUID
    text: str
    tokens: int
    covered: int
    source_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Recalled:
    """A past turn that seems to matter: what was said, by whom, when, where."""

    messages: tuple[StoredMessage, ...]
    score: float
    said: datetime
    conversation: UUID


class Recall(Protocol):
    """Finding past turns that matter to a question."""

    def find(self, question: str, turns: int) -> list[Recalled]:
        """At most ``turns`` of them, the best first. The question itself is none."""
        ...


class NothingRecalled:
    """A ``Recall`` for conversations that recall nothing."""

    def find(self, question: str, turns: int) -> list[Recalled]:
        return []


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens. ``reply`` is kept free for the answer, ``tools`` describes the tools."""

    window: int
    reply: int
    tools: int = 0

    @property
    def prompt(self) -> int:
        return max(0, self.window - self.reply - self.tools)


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a strategy may draw on. What it does not ask for is not read."""

    system_prompt: str
    history: History
    budget: Budget
    facts: tuple[KnownFact, ...] = ()
    summary: RunningSummary | None = None
    recall: Recall = field(default_factory=NothingRecalled)
    conversation: UUID | None = None
    core: tuple[CoreBlock, ...] = ()
    files: Files = field(default_factory=NoFiles)


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a prompt: what it is, what it costs, where it came from.

    ``scores`` are those of recalled turns, one for each of ``messages``; ``shortened``
    names messages that went in their short form. ``marks`` are the numbers by which a
    reply can cite, one for each of ``passages`` or ``messages``; 0: it has none.
    """

    kind: str  # system, core, facts, summary, files, recalled, pinned, recent
    tokens: int
    items: tuple[Item, ...]
    messages: tuple[UUID, ...] = ()
    scores: tuple[float, ...] = ()
    shortened: tuple[UUID, ...] = ()
    source: UUID | None = None  # the summary it is
    passages: tuple[Passage, ...] = ()
    files: tuple[GivenFile, ...] = ()  # those the passages are of
    marks: tuple[int, ...] = ()
    images: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Messages that were not sent, and why. ``messages`` names them where few."""

    reason: str
    count: int
    messages: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that goes to the model for one turn."""

    strategy: str
    blocks: tuple[Block, ...]
    left_out: tuple[LeftOut, ...] = ()
    over_budget: bool = False
    notes: tuple[str, ...] = field(default=())
    passages_left: tuple[PassagesLeft, ...] = ()

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
        record = {
            "strategy": self.strategy,
            "window": budget.window,
            "reply_reserve": budget.reply,
            "tools": budget.tools,
            "tokens": self.tokens,
            "over_budget": self.over_budget,
            "blocks": [_block_record(block) for block in self.blocks],
            "left_out": [_left_out_record(left) for left in self.left_out],
        }
        if self.passages_left:
            record["passages_left"] = [left.record() for left in self.passages_left]
        return record | {"notes": list(self.notes)} if self.notes else record


Strategy = Callable[[Material], Context]
"""Pure: the same material makes the same context."""


def _block_record(block: Block) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": block.kind, "tokens": block.tokens}
    if block.messages:
        record["messages"] = [str(message) for message in block.messages]
    if block.passages:
        record |= passages_record(block.files, block.passages)
    elif block.kind not in ("recent", "pinned"):
        record["texts"] = [item.text for item in block.items]
    if any(block.marks):
        record["marks"] = list(block.marks)
    if block.images:
        record["images"] = [str(image) for image in block.images]
    if block.scores:
        record["scores"] = list(block.scores)
    if block.shortened:
        record["shortened"] = [str(message) for message in block.shortened]
    if block.source is not None:
        record["source"] = str(block.source)
    return record


def _left_out_record(left: LeftOut) -> dict[str, Any]:
    record: dict[str, Any] = {"reason": left.reason, "count": left.count}
    if left.messages:
        record["messages"] = [str(message) for message in left.messages]
    return record
