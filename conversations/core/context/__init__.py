"""Context strategies: one file each, one line each in this table."""

from conversations.core.context.base import (
    Block,
    Budget,
    Context,
    CoreBlock,
    History,
    KnownFact,
    LeftOut,
    Material,
    PastCall,
    Recall,
    Recalled,
    RunningSummary,
    StoredMessage,
    Strategy,
)
from conversations.core.context.enclosed import Attachment, Files, GivenFile, Passage
from conversations.core.context.full import full
from conversations.core.context.hybrid import hybrid
from conversations.core.context.recall import recall
from conversations.core.context.summary import summary
from conversations.core.context.window import window

STRATEGIES: dict[str, Strategy] = {
    "full": full,
    "window": window,
    "summary": summary,
    "recall": recall,
    "hybrid": hybrid,
}

__all__ = [
    "STRATEGIES",
    "Attachment",
    "Block",
    "Budget",
    "Context",
    "CoreBlock",
    "Files",
    "GivenFile",
    "History",
    "KnownFact",
    "LeftOut",
    "Material",
    "Passage",
    "PastCall",
    "Recall",
    "Recalled",
    "RunningSummary",
    "StoredMessage",
    "Strategy",
]
