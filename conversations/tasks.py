"""What is done after a turn: one function and one line in the table each.

Each returns what of the conversation has changed. They run in the background with
bounded concurrency; a failure is logged and harms no reply.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import IntEnum
from uuid import UUID
from weakref import WeakValueDictionary

from conversations import conf
from conversations.core.errors import TurnError
from conversations.core.learning import found_in
from conversations.core.model_api import (
    ChatModel,
    Completion,
    Item,
    ModelRequest,
    Usage,
)
from conversations.core.prompts import title_items
from conversations.core.summaries import MOST_TOKENS, BadSummary
from conversations.core.titles import clean_title
from conversations.core.tokens import PER_ITEM, count
from conversations.core.turn import Briefing, Outcome
from conversations.services.summarising import Work
from conversations.store import Store

log = logging.getLogger(__name__)
TITLE_TOKENS = 200  # thinking models spend most of it before the title
SUMMARY_TOKENS = 2 * MOST_TOKENS + 1_000  # the same, of a summary
FACTS_TOKENS = 1_000  # room to think, and for five facts
AT_ONCE = 10  # summaries, one upon the other, of a long talk that had none
NOTHING_YET = "There is nothing to summarise yet."
TOO_LATE = "The summary was changed meanwhile, so the new one was dropped."


class Changed(IntEnum):
    """What the pages are told of: nothing, the sidebar's row, the thread as well."""

    NOTHING = 0
    ROW = 1
    THREAD = 2


async def title(
    store: Store, model: ChatModel, briefing: Briefing, outcome: Outcome
) -> Changed:
    """Name a new conversation in a few words, by one short call."""
    said = [item for item in briefing.request.items if item.role == "user"]
    if len(said) != 1 or not outcome.text:
        return Changed.NOTHING
    items = title_items(said[0].text, outcome.text)
    try:
        answer = await _ask(
            store,
            model,
            _request(briefing.owner, items, TITLE_TOKENS),
            kind="title",
            owner_id=briefing.owner,
            conversation_id=briefing.conversation,
            turn_id=briefing.turn,
        )
    except TurnError as problem:
        log.info("no title: %s", problem.detail or problem)
        return Changed.NOTHING
    words = clean_title(answer.text)
    named = words and await store.set_model_title(briefing.conversation, words)
    return Changed.ROW if named else Changed.NOTHING


async def summary(
    store: Store, model: ChatModel, briefing: Briefing, outcome: Outcome
) -> Changed:
    """Go on with the running summary, when enough has been said since."""
    one = _one_at_a_time(briefing.conversation)
    if one.locked():  # one that is made now; what is left, the next turn takes up
        return Changed.NOTHING
    async with one:
        work = await store.summary_due_after(briefing.turn)
        if work is None:
            return Changed.NOTHING
        try:
            made = await _summarise(store, model, work, briefing.turn)
        except (TurnError, BadSummary) as problem:  # neither repeats what was said
            log.info("no summary: %s", getattr(problem, "detail", "") or problem)
            return Changed.NOTHING
    return Changed.THREAD if made else Changed.NOTHING


async def learn(
    store: Store, model: ChatModel, briefing: Briefing, outcome: Outcome
) -> Changed:
    """Remember what the person's message says of them, by one short call; of most
    messages without one.
    """
    work = await store.learning_due_after(briefing.turn) if outcome.text else None
    if work is None:
        return Changed.NOTHING
    try:
        answer = await _ask(
            store,
            model,
            _request(work.owner, work.items, FACTS_TOKENS),
            kind="facts",
            owner_id=work.owner,
            conversation_id=work.conversation,
            turn_id=briefing.turn,
        )
    except TurnError as problem:
        log.info("nothing learned: %s", problem.detail or problem)
        return Changed.NOTHING
    found = found_in(answer.text, work.text)
    learned = found and await store.learn(work, found)
    return Changed.THREAD if learned else Changed.NOTHING


AfterTurn = Callable[[Store, ChatModel, Briefing, Outcome], Awaitable[Changed]]
AFTERWARDS: tuple[AfterTurn, ...] = (title, summary, learn)


# --- when a person asks
async def summarise_now(
    store: Store, model: ChatModel, conversation: UUID
) -> tuple[int, str]:
    """Summarise all that can be: how many messages more are, and what to tell."""
    gained, problem = 0, ""
    async with _one_at_a_time(conversation):
        for _ in range(AT_ONCE):
            work = await store.summary_due_now(conversation)
            if work is None:
                break
            if problem := await _try(store, model, work):
                break
            gained += work.gained
    if not gained:
        return 0, problem or NOTHING_YET
    return gained, f"{gained} messages summarised. {problem}".strip()


async def summarise_again(
    store: Store, model: ChatModel, conversation: UUID
) -> tuple[int, str]:
    """Ask anew for the summary in use: of how many messages, and what to tell."""
    async with _one_at_a_time(conversation):
        work = await store.summary_due_again(conversation)
        if work is None:
            return 0, NOTHING_YET
        if problem := await _try(store, model, work):
            return 0, problem
    return work.covered, f"{work.covered} messages summarised anew."


# --- helpers
_locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


def _one_at_a_time(conversation: UUID) -> asyncio.Lock:
    """Of two summaries at once both would be paid for, and one be kept."""
    return _locks.setdefault(conversation, asyncio.Lock())


async def _try(store: Store, model: ChatModel, work: Work) -> str:
    """The sentence that says why there is no new summary; "" when there is."""
    try:
        made = await _summarise(store, model, work, None)
    except BadSummary as problem:
        return f"The summary was not usable: {problem.reason}."
    except TurnError as problem:
        return f"No summary was made. {problem}"
    except Exception:
        log.exception("no summary")
        return "No summary was made. Something went wrong on this server."
    return "" if made else TOO_LATE


async def _summarise(
    store: Store, model: ChatModel, work: Work, turn: UUID | None
) -> bool:
    """Whether it was stored. Raises ``BadSummary``, ``TurnError``."""
    answer = await _ask(
        store,
        model,
        _request(work.owner, work.items, SUMMARY_TOKENS),
        kind="summary",
        owner_id=work.owner,
        conversation_id=work.conversation,
        turn_id=turn,
    )
    if answer.usage is not None and answer.usage.output >= SUMMARY_TOKENS:
        raise BadSummary("it was cut off")
    return await store.store_summary(work, answer.text)


def _request(owner: UUID, items: tuple[Item, ...], most: int) -> ModelRequest:
    model = conf.task_model()
    return ModelRequest(model, items, max_output_tokens=most, owner=owner)


async def _ask(
    store: Store,
    model: ChatModel,
    request: ModelRequest,
    *,
    kind: str,
    owner_id: UUID,
    conversation_id: UUID,
    turn_id: UUID | None,
) -> Completion:
    """One call, charged to the person. Raises ``TurnError``; ``OverBudget`` before."""
    await store.check_budget(owner_id, request.model)
    answer = await model.complete(request)
    await store.charge(
        kind,
        owner_id=owner_id,
        conversation_id=conversation_id,
        turn_id=turn_id,
        model=request.model,
        usage=answer.usage or _estimate(request, answer),
    )
    return answer


def _estimate(request: ModelRequest, answer: Completion) -> Usage:
    sent = sum(count(item.text) + PER_ITEM for item in request.items)
    return Usage(input=sent, output=count(answer.text))
