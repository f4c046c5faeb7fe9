"""Questions at the end of a talk: what each strategy sends for them, and what of that
a model still knows. Import when Django is ready.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, override_settings

from benchmarks.context import growing
from benchmarks.context.demo import demo_answer
from benchmarks.context.growing import Talk
from benchmarks.figures import median
from conversations.core.context import STRATEGIES
from conversations.core.model_api import Item, Usage
from conversations.core.tokens import PER_ITEM, count
from conversations.models import Turn
from conversations.services import catalogue, messages
from conversations.services.latest_messages import LATEST
from conversations.services.planning import Plan, plan

PLANS = 15  # timed at least
CYCLE = 12  # turns over which a prompt's size goes up and down with its summaries
CACHED_FROM = 1_024  # tokens; a shorter beginning is not kept by providers
ROW_OF = ("conversation__owner__preferences", "conversation", "message")


def measured(size: int, limits: Sequence[int], own: float) -> list[dict[str, Any]]:
    """A row for each limit (``CONTEXT_TOKENS``) and strategy, of a talk of ``size``."""
    talk = growing.grown(size, own)
    rows = []
    for limit in limits:
        with override_settings(CONTEXT_TOKENS=limit):
            rows += [
                {"size": size, "limit": limit, "own": own, "strategy": name, **found}
                for name, found in _asked(talk).items()
            ]
    # Last: the talk goes on.
    for row, found in zip(rows, _going_on(talk, limits), strict=True):
        row |= found
        row["summary_usd"] = 0.0
        if row["strategy"] in ("summary", "hybrid"):
            row["summary_usd"] = growing.summary_usd(talk)
        row["summaries_refused"] = talk.refused
    return rows


# --- the same end of the talk, asked one question after the other
def _asked(talk: Talk) -> dict[str, dict[str, Any]]:
    """Time, queries, and needles that are still known, by strategy."""
    planted = list(talk.needles.items())
    random.Random(1).shuffle(planted)  # noqa: S311 - only another order
    times: dict[str, list[float]] = defaultdict(list)
    known: dict[str, list[int]] = defaultdict(list)
    queries: dict[str, int] = {}
    for at in range(max(PLANS + 1, len(planted))):
        turn_of, needle = planted[at % len(planted)]
        with _question(talk, needle.asked) as turn:
            for strategy in STRATEGIES:
                made, spent, asked = _planned(turn, strategy)
                if at:  # the first one reads what later ones remember
                    times[strategy].append(spent)
                queries[strategy] = asked
                answer = demo_answer(made.context.items) if at < len(planted) else ""
                if needle.value in answer:
                    known[strategy].append(turn_of)
    recent = {t for t in talk.needles if 2 * (talk.turns - t) <= LATEST}
    return {
        strategy: {
            "plan_ms": median(times[strategy]),
            "queries": queries[strategy],
            "needles": len(planted),
            "known": len(known[strategy]),
            "recent_needles": len(recent),
            "recent_known": len(recent.intersection(known[strategy])),
        }
        for strategy in STRATEGIES
    }


@contextmanager
def _question(talk: Talk, text: str) -> Iterator[Turn]:
    """A queued turn that asks ``text``, gone afterwards."""
    with transaction.atomic():
        posted = messages.post(
            by=talk.conversation.owner_id,
            request_id=uuid.uuid4(),
            text=text,
            conversation_id=talk.conversation.id,
        )
        yield Turn.objects.get(id=posted.turn)
        transaction.set_rollback(True)


def _planned(turn: Turn, strategy: str) -> tuple[Plan, float, int]:
    """The plan, its milliseconds, its queries."""
    again = _fresh(turn, strategy)
    began = time.perf_counter()
    made = plan(again)
    spent = 1000 * (time.perf_counter() - began)
    with CaptureQueriesContext(connection) as counted:
        plan(_fresh(turn, strategy))
    return made, spent, len(counted) - 1


def _fresh(turn: Turn, strategy: str) -> Turn:
    """The row as ``turns.begin`` reads it, with nothing of it read before."""
    row = Turn.objects.select_related(*ROW_OF).get(id=turn.id)
    row.strategy = strategy
    return row


# --- the turns that follow
def _going_on(talk: Talk, limits: Sequence[int]) -> list[dict[str, Any]]:
    """Tokens and cost of a turn: means over the next turns, by limit and strategy."""
    prompts: dict[tuple[int, str], list[Plan]] = defaultdict(list)
    for _ in range(CYCLE + 1):
        turn = growing.next_turn(talk)
        for limit in limits:
            with override_settings(CONTEXT_TOKENS=limit):
                for strategy in STRATEGIES:
                    prompts[limit, strategy].append(plan(_fresh(turn, strategy)))
        growing.summarise(talk, turn)
    return [
        _costs(prompts[limit, strategy], talk)
        for limit in limits
        for strategy in STRATEGIES
    ]


def _costs(plans: Sequence[Plan], talk: Talk) -> dict[str, Any]:
    card = plans[0].card
    price = catalogue.card(card.name).price
    reply = talk.reply_tokens // talk.turns
    pairs = list(zip(plans, plans[1:], strict=False))
    sent = [after.tokens for _, after in pairs]
    kept = [_kept(before.context.items, after.context.items) for before, after in pairs]
    whole = [price.cost(Usage(tokens, reply)) for tokens in sent]
    cheap = [
        price.cost(Usage(tokens, reply, min(tokens, cached)))
        for tokens, cached in zip(sent, kept, strict=True)
    ]
    return {
        "tokens": sum(sent) / len(sent),
        "reply_tokens": reply,
        "usd": float(sum(whole)) / len(whole),
        "cached_tokens": sum(kept) / len(kept),
        "cached_usd": float(sum(cheap)) / len(cheap),
        "fits": max(sent) + plans[0].budget.reply <= card.window,
        "model": card.name,
    }


def _kept(before: Sequence[Item], after: Sequence[Item]) -> int:
    """Tokens at the beginning of a prompt that the one before it began with as well."""
    tokens = 0
    for old, new in zip(before, after, strict=False):
        if old != new:
            break
        tokens += count(new.text) + PER_ITEM
    return tokens if tokens >= CACHED_FROM else 0
