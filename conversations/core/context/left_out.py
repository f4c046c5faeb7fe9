"""What stayed out of a context and why. With what was sent, it is the whole branch."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from conversations.core.context.base import LeftOut, StoredMessage
from conversations.core.context.standing import COVERED, Standing

EXCLUDED = "excluded by you"
SILENT = "said nothing"
OLDER = "older than the window"
NOT_YET = "not yet summarised"
NOT_RECALLED = "not among what was recalled"
NO_ROOM = "did not fit"


def held_back(
    read: Iterable[StoredMessage], sent: Collection[UUID]
) -> tuple[LeftOut, ...]:
    """The messages of ``read`` that may not be sent, by their reason, named."""
    unsent = [message for message in read if message.id not in sent]
    excluded = tuple(m.id for m in unsent if m.excluded)
    silent = tuple(m.id for m in unsent if m.says_nothing and not m.excluded)
    return (*_entry(EXCLUDED, excluded), *_entry(SILENT, silent))


def passed_over(
    total: int, told_of: Collection[int], summary: Standing, reason: str
) -> tuple[LeftOut, ...]:
    """Of ``total`` messages of the branch, those not ``told_of`` (their places).

    What the summary speaks of is covered by it; the rest was left for ``reason``.
    """
    missing = total - len(told_of)
    told_of_there = sum(place <= summary.speaks_of for place in told_of)
    spoken_of = max(0, min(summary.speaks_of - told_of_there, missing))
    # A summary that stayed out is named even when nothing is missing for it.
    found = [LeftOut(summary.stayed_out or COVERED, spoken_of)]
    if not (spoken_of or summary.stayed_out):
        found.clear()
    if rest := missing - spoken_of:
        found.append(LeftOut(reason, rest))
    return tuple(found)


def _entry(reason: str, messages: tuple[UUID, ...]) -> tuple[LeftOut, ...]:
    return (LeftOut(reason, len(messages), messages),) if messages else ()
