"""What the model saw for a reply, what it cost, and what it did not see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, Subquery

from chatsite.lib.fields import Unreadable
from conversations.core.context import Budget
from conversations.core.model_api import Usage
from conversations.core.prices import Price
from conversations.core.tokens import PER_ITEM
from conversations.models import Charge, Conversation, Message, ToolCall, Turn
from conversations.services import access, catalogue, choices, planning
from conversations.services.exact_prompts import (
    CannotRebuild,
    messages_of,
    passages_sent,
    read_receipt,
    rebuild,
    sent_form,
)
from conversations.services.receipt_parts import (
    Fill,
    Left,
    LeftOfFile,
    Line,
    Part,
    filled,
    input_cost,
    label,
    left,
    passages_left,
)
from conversations.services.redacting import OFF, Form, told

SHOWN = 40  # messages of a part; all that went are in the exact prompt
EXCERPT = 240  # characters of each
NOTHING_YET = Fill(tokens=0, room=1, reserve=0)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that was called while the reply was written. Times in seconds."""

    name: str
    status: str
    seconds: float | None
    summary: str


@dataclass(frozen=True, slots=True)
class Behind:
    """A call of a model after the reply, on the product's own account."""

    kind: str
    model: str
    usage: Usage
    cost: Decimal


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """``fill`` has the planned prompt, ``usage`` and ``cost`` (USD) what the server
    said in the end, for all rounds. ``first_token`` is in seconds, ``speed`` in tokens
    per second; None where they are not known.
    """

    turn: Turn
    model: str
    strategy: str
    budget: Budget
    fill: Fill
    parts: tuple[Part, ...]
    left_out: tuple[Left | LeftOfFile, ...]
    notes: tuple[str, ...]
    over_budget: bool
    usage: Usage
    cost: Decimal
    is_free: bool
    first_token: float | None
    speed: float | None
    calls: tuple[Call, ...]
    behind: tuple[Behind, ...]
    went_on: bool
    placeholders: tuple[str, ...] = ()  # that stood in the prompt for what was kept

    @property
    def is_live(self) -> bool:
        return self.turn.status in Turn.LIVE


def of(by: UUID, message_id: UUID) -> ReceiptView | None:
    """The receipt of a reply; None while it has not begun. Raises ``NotFound``."""
    turn = reply_turn(by, message_id)
    recorded = read_receipt(turn)
    if recorded is None:
        return None
    price = planning.price_planned(turn)
    budget = Budget(recorded["window"], recorded["reply_reserve"], recorded["tools"])
    parts = tuple(_parts(turn, recorded, price))
    went_on, form = "went_on" in recorded, recorded.get("form", OFF)
    return ReceiptView(
        turn,
        catalogue.card(turn.model).title,
        strategy_label(recorded["strategy"]),
        budget,
        filled(parts, budget),
        parts,
        (
            *(left(one["reason"], one["count"]) for one in recorded["left_out"]),
            *passages_left(recorded.get("passages_left", ())),
        ),
        tuple(recorded.get("notes", ())),
        recorded["over_budget"],
        Usage(turn.input_tokens, turn.output_tokens, turn.cached_tokens),
        turn.cost_usd,
        price.is_free,
        None if went_on else _seconds(turn.started, turn.first_token),
        None if went_on else _speed(turn),
        tuple(_call(call, form) for call in turn.calls.all()),
        tuple(map(_behind, Charge.objects.filter(owner_id=by, turn_id=turn.id))),
        went_on,
        tuple(recorded.get("placeholders", ())),
    )


def exact_prompt(by: UUID, message_id: UUID) -> str:
    """The JSON that went over the wire for the reply's first request, byte for byte.

    Raises ``NotFound``, also while there is none; ``CannotRebuild``.
    """
    turn = reply_turn(by, message_id)
    recorded = read_receipt(turn)
    if recorded is None:
        raise access.NotFound
    return rebuild(turn, recorded).decode()


def reply_turn(by: UUID, message_id: UUID) -> Turn:
    """The turn that wrote a person's reply. Raises ``NotFound``."""
    turns = Turn.objects.filter(owner_id=by, message_id=message_id)
    found = turns.select_related("message").order_by("-id").first()
    if found is None:
        raise access.NotFound
    return found


def fill_of(conversation: Conversation) -> Fill:
    """About how full the next prompt will be, from the latest receipt: one query,
    however long the conversation is.
    """
    turn, recorded = _latest(conversation.head_id)
    if turn is None or recorded is None:
        return NOTHING_YET
    budget = Budget(recorded["window"], recorded["reply_reserve"], recorded["tools"])
    parts = [Part(block["kind"], "", block["tokens"]) for block in recorded["blocks"]]
    if budget.tools:
        parts.append(Part("tools", "", budget.tools))
    room = budget.window - budget.reply - sum(part.tokens for part in parts)
    gained = turn.output_tokens + PER_ITEM if turn.output_tokens else 0
    # where everything goes, it grows; else what does not fit stays out
    most = gained if recorded["strategy"] == "full" else max(0, min(gained, room))
    return filled([*parts, Part("recent", "", most)], budget)


def strategy_label(name: str) -> str:
    known = {offer.name: offer.label for offer in choices.strategies()}
    return known.get(name, name)


# --- helpers
def _latest(head: UUID | None) -> tuple[Turn | None, dict[str, Any] | None]:
    """The last reply of a branch that has begun; one before it, when that waits."""
    before = Message.objects.filter(id=head).values("parent__parent_id")
    either = Q(message_id=head) | Q(message_id=Subquery(before))
    for turn in Turn.objects.filter(either).order_by("-id")[:2] if head else ():
        if (recorded := read_receipt(turn)) is not None:
            return turn, recorded
    return None, None


def _parts(turn: Turn, recorded: dict[str, Any], price: Price) -> Iterable[Part]:
    for block in recorded["blocks"]:
        yield _part(turn, block, price, recorded)
    yield from _offered(recorded, price)


def _offered(recorded: dict[str, Any], price: Price) -> list[Part]:
    tokens = recorded["tools"]
    if not tokens:
        return []
    told = (f"{one['name']}: {one['description']}" for one in recorded["offered"])
    cost = input_cost(price, tokens)
    return [Part("tools", label("tools"), tokens, cost, "\n\n".join(told))]


def _part(
    turn: Turn, block: dict[str, Any], price: Price, recorded: dict[str, Any]
) -> Part:
    texts = block.get("texts", [])
    if "passages" in block:
        texts = [_passages(turn, block, recorded.get("form", OFF))]
    names = block.get("messages", [])
    return Part(
        block["kind"],
        label(block["kind"], texts),
        block["tokens"],
        input_cost(price, block["tokens"]),
        "\n\n".join(texts),
        tuple(_lines(turn, block, recorded)),
        max(0, len(names) - SHOWN),
    )


def _passages(turn: Turn, block: dict[str, Any], form: Form) -> str:
    try:
        return passages_sent(turn.owner_id, block, form)
    except CannotRebuild:
        return "These passages are not there any more."


def _lines(
    turn: Turn, block: dict[str, Any], recorded: dict[str, Any]
) -> Iterable[Line]:
    names = [UUID(name) for name in block.get("messages", ())]
    scores = dict(zip(names, block.get("scores", ()), strict=False))
    short = {UUID(name) for name in block.get("shortened", ())}
    names = names[-SHOWN:]
    quoted = block["kind"] == "recalled"
    known = messages_of(turn.owner_id, names, recorded)
    rows = Message.objects.select_related("conversation").only(
        "created", "conversation__owner_id", "conversation__title"
    )
    rows = rows.filter(owner_id=turn.owner_id).in_bulk(names)
    for name in names:
        if (said := known.get(name)) is None:
            continue
        talk = rows[name].conversation
        elsewhere = talk.id != turn.conversation_id
        yield Line(
            name,
            talk.id,
            "You" if said.role == "user" else "Reply",
            _excerpt(said.text),
            0 if quoted else sent_form(said, name in short).cost,
            rows[name].created,
            talk.title if elsewhere else "",
            scores.get(name),
            name in short,
        )


def _excerpt(text: str) -> str:
    if isinstance(text, Unreadable):
        return str(text)
    start = " ".join(text[: 2 * EXCERPT].split())
    return start if len(start) <= EXCERPT else f"{start[:EXCERPT].rstrip()}…"


def _call(row: ToolCall, form: Form) -> Call:
    said = told(row, "short", form) or told(row, "output", form)
    seconds = _seconds(row.created, row.finished)
    return Call(row.name, row.status, seconds, _excerpt(said))


def _behind(row: Charge) -> Behind:
    usage = Usage(row.input_tokens, row.output_tokens, row.cached_tokens)
    return Behind(row.get_kind_display(), row.model, usage, row.cost_usd)


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()


def _speed(turn: Turn) -> float | None:
    took = _seconds(turn.first_token, turn.finished)
    return turn.output_tokens / took if took and turn.output_tokens else None
