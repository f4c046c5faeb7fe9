"""Building the context of a turn from what is stored, and its receipt."""

from __future__ import annotations

import orjson

from conversations import conf
from conversations.core.context import STRATEGIES, Context, StoredMessage
from conversations.models import Turn
from conversations.services import history


def plan(turn: Turn) -> tuple[Context, str]:
    """The context of ``turn`` by its strategy, and the receipt to store (JSON)."""
    budget = conf.budget(turn.model)
    prompt = turn.conversation.system_prompt or conf.site_prompt()
    context = STRATEGIES[turn.strategy](prompt, Branch(turn), budget)
    receipt = {"model": turn.model, **context.receipt(budget)}
    return context, orjson.dumps(receipt).decode()


def tokens_planned(turn: Turn) -> int:
    """Tokens of the prompt as its receipt has them; 0 when there is no receipt."""
    try:
        return int(orjson.loads(turn.receipt)["tokens"])
    except (orjson.JSONDecodeError, KeyError):
        return 0


class Branch:
    """``History`` of the message a turn answers, read no further than is asked for."""

    def __init__(self, turn: Turn) -> None:
        self._conversation, self._last = turn.conversation_id, turn.message.parent_id
        self.count = turn.message.depth - 1

    def tail(self, tokens: int) -> list[StoredMessage]:
        return self._read(tokens)

    def everything(self) -> list[StoredMessage]:
        return self._read(history.NO_LIMIT)

    def _read(self, tokens: int) -> list[StoredMessage]:
        found = history.branch(self._conversation, self._last, tokens=tokens)
        return [StoredMessage(m.id, m.role, m.body, m.tokens) for m in found]
