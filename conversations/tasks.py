"""What is done after a turn: one function and one line in the table each.

Each returns whether the conversation's row changed. They run in the background with
bounded concurrency; a failure is logged and harms no reply.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from conversations import conf
from conversations.core.errors import TurnError
from conversations.core.model_api import ChatModel, ModelRequest
from conversations.core.prompts import title_items
from conversations.core.titles import clean_title
from conversations.core.turn import Briefing, Outcome
from conversations.store import Store

log = logging.getLogger(__name__)
TITLE_TOKENS = 200  # thinking models spend most of it before the title


async def title(
    store: Store, model: ChatModel, briefing: Briefing, outcome: Outcome
) -> bool:
    """Name a new conversation in a few words, by one short call."""
    said = [item for item in briefing.request.items if item.role == "user"]
    if len(said) != 1 or not outcome.text:
        return False
    request = ModelRequest(
        conf.task_model(),
        title_items(said[0].text, outcome.text),
        max_output_tokens=TITLE_TOKENS,
    )
    try:
        answer = await model.complete(request)
    except TurnError as problem:
        log.info("no title: %s", problem.detail or problem)
        return False
    words = clean_title(answer.text)
    return bool(words) and await store.set_model_title(briefing.conversation, words)


AfterTurn = Callable[[Store, ChatModel, Briefing, Outcome], Awaitable[bool]]
AFTERWARDS: tuple[AfterTurn, ...] = (title,)
