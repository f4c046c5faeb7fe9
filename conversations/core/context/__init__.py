"""Context strategies: one file each, one line each in this table."""

from conversations.core.context.base import (
    Block,
    Budget,
    Context,
    History,
    LeftOut,
    StoredMessage,
    Strategy,
)
from conversations.core.context.full import full
from conversations.core.context.window import window

STRATEGIES: dict[str, Strategy] = {
    "full": full,
    "window": window,
}

__all__ = [
    "STRATEGIES",
    "Block",
    "Budget",
    "Context",
    "History",
    "LeftOut",
    "StoredMessage",
    "Strategy",
]
