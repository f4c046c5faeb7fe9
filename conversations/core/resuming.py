"""Going on with a reply that broke off: what to ask, and how to join the halves."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.core.model_api import Item
from conversations.core.prompts import RESUME_PROMPT

LOOK = 160  # characters of the continuation that are held back to look for a repeat
LEAST = 12  # a shorter repeat may well be meant


def going_on(items: tuple[Item, ...], reply: Sequence[Item]) -> tuple[Item, ...]:
    """The prompt again, the ``reply`` as far as it came, and the wish to go on; that
    goes without saying where the result of a tool came last.
    """
    if not reply:
        return items
    if reply[-1].role == "tool":
        return (*items, *reply)
    return (*items, *reply, Item("user", RESUME_PROMPT))


class Joint:
    """Joins a continuation to what there is. Models like to begin with the last words
    once more; a repeat of at least ``LEAST`` characters is left out.
    """

    def __init__(self, so_far: str) -> None:
        self._end = so_far[-LOOK:]
        self._held: str | None = "" if so_far else None

    def take(self, text: str) -> str:
        """What of ``text``, and of what was held back, belongs to the reply now."""
        if self._held is None:
            return text
        self._held += text
        if len(self._held) < LOOK and self._held in self._end:
            return ""  # it may yet become a repeat
        return self.rest()

    def rest(self) -> str:
        """What is still held back, without a repeat. Call it at the end."""
        held, self._held = self._held or "", None
        for size in range(min(len(held), len(self._end)), LEAST - 1, -1):
            if self._end.endswith(held[:size]):
                return held[size:]
        return held
