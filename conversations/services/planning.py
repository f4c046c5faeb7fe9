"""Building the context of a turn from what is stored, and its receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

import orjson
from django.db.models import QuerySet

from conversations import conf
from conversations.core.context import (
    STRATEGIES,
    Budget,
    Context,
    Material,
    RunningSummary,
    StoredMessage,
)
from conversations.core.context.blocks import items_of
from conversations.core.model_api import Item, ToolSpec
from conversations.core.prices import ModelCard, Price
from conversations.core.tokens import count
from conversations.core.tools import tool_tokens
from conversations.models import Conversation, Summary, Turn
from conversations.services import (
    ancestry,
    attached,
    calling,
    catalogue,
    preferences,
    profile,
    redacting,
    spending,
)
from conversations.services.branches import Branch
from conversations.services.passages import ConversationFiles
from conversations.services.pictures import pictured
from conversations.services.recalling import recall_for
from conversations.services.redacting import OFF, Form
from conversations.services.wire_form import mark_of, wire_form

VERSIONS = 5  # of a summary that are looked at: a branch may be older than the latest
SUMMARISING = ("summary", "hybrid")


Offer = Callable[[Turn, bool], tuple[ToolSpec, ...]]
"""The tools that go with a turn; told whether anything of its prompt is shortened."""


def no_tools(turn: Turn, shortened: bool) -> tuple[ToolSpec, ...]:
    """An ``Offer`` for those who only plan."""
    return ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes to the model. ``receipt`` is the record of it to store (JSON)."""

    context: Context
    tools: tuple[ToolSpec, ...]
    budget: Budget
    card: ModelCard
    had: tuple[int, int] | None = None  # of a reply that goes on: characters, calls
    items: tuple[Item, ...] = ()  # of the context, with the content of their images
    has_files: bool = False
    unseen: tuple[str, ...] = ()  # images of the question that the model cannot see
    form: Form = OFF  # of personal data

    @property
    def tokens(self) -> int:
        """Of the first request, its tools included."""
        return self.context.tokens + tool_tokens(self.tools, count)

    @property
    def reply_tokens(self) -> int:
        """Of the longest reply to reckon with."""
        return self.card.longest_reply(self.budget)

    @property
    def receipt(self) -> str:
        record = {"model": self.card.name, **self.context.receipt(self.budget)}
        record["price"] = self.card.price.record()
        record["api"] = conf.api()
        record["mark"] = mark_of(wire_form(conf.api(), self.items, self.tools))
        if self.tools:  # whole: a later version may describe them otherwise
            record["offered"] = [
                {
                    "name": spec.name,
                    "description": spec.description,
                    "parameters": dict(spec.parameters),
                }
                for spec in self.tools
            ]
        if self.had is not None:
            record["went_on"] = list(self.had)
        if self.has_files:
            record["sees_images"] = self.card.sees_images
        if self.unseen:
            record["unseen"] = list(self.unseen)
        if self.form != OFF:
            record["form"] = self.form
            record["placeholders"] = redacting.names_in(self.items)
        return orjson.dumps(record).decode()

    def most_usd(self, more_tokens: int) -> Decimal:
        """USD of the turn at most, with ``more_tokens`` in its prompt."""
        prompt = self.tokens + more_tokens
        return spending.estimate(self.card, prompt, self.reply_tokens)


def plan(turn: Turn, offer: Offer = no_tools) -> Plan:
    """The context of ``turn`` by its strategy, within the budget of its model."""
    all_tools = tool_tokens(offer(turn, True), count)
    card = catalogue.card(turn.model)
    budget = replace(card.budget(conf.context_tokens()), tools=all_tools)
    said = turn.message
    branch = Branch(turn.conversation, said.parent_id, said.depth - 1)
    has_files = getattr(turn, "has_files", True)
    files = attached.of_branch(branch) if has_files else None
    given = gather(turn.conversation, branch, turn.strategy, budget)
    given = with_files(given, branch, files, card) if files else given
    context = STRATEGIES[turn.strategy](given)
    context, form = redacting.cleared_context(turn.owner_id, context)
    tools = offer(turn, any(block.shortened for block in context.blocks))
    budget = replace(budget, tools=tool_tokens(tools, count))
    items = pictured(turn.owner_id, context.items)
    unseen = attached.unseen(files, branch, card) if files else ()
    return Plan(
        context, tools, budget, card, _had(turn), items, bool(files), unseen, form
    )


def _had(turn: Turn) -> tuple[int, int] | None:
    if turn.started is None:
        return None
    chunks = sum(len(chunk.text) for chunk in turn.chunks.all())
    return len(turn.message.body) + chunks, turn.calls.count()


def reply_so_far(turn: Turn, text: str) -> list[Item]:
    """The reply of a turn that goes on, with its tool calls, as items."""
    if turn.started is None:
        return []
    calls = tuple(calling.as_past(call, OFF) for call in turn.calls.all())
    return items_of(
        StoredMessage(turn.message_id, "assistant", text, tokens=0, calls=calls)
    )


def gather(
    conversation: Conversation, branch: Branch, strategy: str, budget: Budget
) -> Material:
    """What a strategy may draw on for the branch's last message."""
    wishes = preferences.of_owner(conversation.owner)
    return Material(
        redacting.told_text(
            conversation.owner_id, preferences.system_prompt_for(conversation, wishes)
        ),
        branch,
        budget,
        facts=profile.facts_for(conversation, wishes),
        summary=running_summary(branch) if strategy in SUMMARISING else None,
        recall=recall_for(branch, wishes),
        conversation=conversation.id,
        core=profile.core_for(conversation, wishes),
    )


def with_files(
    given: Material, branch: Branch, files: attached.Files, card: ModelCard
) -> Material:
    """The material, its messages with their files, and the texts of these."""
    return replace(
        given,
        history=attached.ToldOf(given.history, files.of, card),
        files=ConversationFiles(branch.conversation, files, branch.last),
    )


def running_summary(branch: Branch) -> RunningSummary | None:
    """The newest summary of what the branch goes through, if it keeps any."""
    if not branch.conversation.summarises:
        return None
    summary = newest_through(
        Summary.objects.filter(
            conversation=branch.conversation, covered__lt=branch.count
        ),
        branch.last,
    )
    if summary is None:
        return None
    return RunningSummary(
        summary.id,
        redacting.told(summary, "text"),
        summary.tokens,
        summary.covered,
        summary.source_tokens,
    )


def newest_through(versions: QuerySet[Summary], last: UUID | None) -> Summary | None:
    """The newest of ``versions`` that speaks of the branch that ends with ``last``."""
    for summary in versions.order_by("-version")[:VERSIONS]:
        if ancestry.leads_through(last, summary.covers_id, summary.covered):
            return summary
    return None


def price_planned(turn: Turn) -> Price:
    """The price of the moment it was begun, as its receipt has it."""
    try:
        return Price.of_record(orjson.loads(turn.receipt)["price"])
    except (orjson.JSONDecodeError, KeyError):
        return catalogue.card(turn.model).price


def tokens_planned(turn: Turn) -> int:
    """Tokens of the prompt and its tools, as its receipt has them; 0 without one."""
    try:
        receipt = orjson.loads(turn.receipt)
        return int(receipt["tokens"]) + int(receipt["tools"])
    except (orjson.JSONDecodeError, KeyError):
        return 0
