"""Whole turns: what a person said, and what followed until they spoke again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from conversations.core.context.base import StoredMessage
from conversations.core.context.short_form import as_sent

# What a conversation is about right now. A summary leaves these alone.
KEPT_TURNS = 5
# What was said just now goes whole, where it takes no more than half of the room.
JUST_NOW = 2  # turns


@dataclass(frozen=True, slots=True)
class WholeTurn:
    """A turn that is never cut: it goes into a prompt, or it stays out.

    ``messages`` are those of it that may be sent. ``end`` is the place of its last
    message on the branch, from 1.
    """

    messages: tuple[StoredMessage, ...]
    end: int

    def cost(self, paid: frozenset[UUID] = frozenset()) -> int:
        """Tokens it takes in a prompt; ``paid`` messages are counted elsewhere."""
        return sum(message.cost for message in self.messages if message.id not in paid)


def whole_turns(
    messages: Sequence[StoredMessage], first: int, cut: bool = False
) -> list[WholeTurn]:
    """``messages``, the first of them at place ``first``, turn by turn.

    Excluded messages and empty replies are not among them. When the beginning is
    ``cut``, a reply that has lost its question is not a turn and is left away.
    """
    starts = [at for at, message in enumerate(messages) if message.role == "user"]
    if messages and not cut and starts[:1] != [0]:
        starts.insert(0, 0)
    if not starts:
        return []
    return [
        WholeTurn(tuple(sendable(messages[start:end])), first + end - 1)
        for start, end in zip(starts, [*starts[1:], len(messages)], strict=True)
    ]


def messages_of(turns: int) -> int:
    """How many messages to read for the last ``turns`` turns and the question: two of
    each turn, and one more to see where the first of them began.
    """
    return 2 * turns + 2


def sendable(messages: Iterable[StoredMessage]) -> list[StoredMessage]:
    """Without what a person excluded, and without replies that say nothing."""
    return [m for m in messages if not (m.excluded or m.says_nothing)]


def fitting(
    turns: Sequence[WholeTurn], room: int, paid: frozenset[UUID] = frozenset()
) -> list[WholeTurn]:
    """The latest of ``turns`` that fit together in ``room`` tokens, as they are sent.

    It stops at the first that does not fit: a gap in the middle would mislead. What is
    long goes in its short form, unless it was said just now: the next question is
    often about it.
    """
    kept: list[WholeTurn] = []
    for age, turn in enumerate(reversed(turns)):
        if age >= JUST_NOW or turn.cost(paid) > room // 2:
            turn = WholeTurn(tuple(as_sent(m) for m in turn.messages), turn.end)
        room -= turn.cost(paid)
        if room < 0:
            break
        kept.append(turn)
    return kept[::-1]


def after(
    turns: Sequence[WholeTurn], covered: int, at_least: int = 0
) -> Sequence[WholeTurn]:
    """The turns that go beyond the first ``covered`` messages of the branch, and the
    last ``at_least`` whatever is covered.
    """
    beyond = next((at for at, t in enumerate(turns) if t.end > covered), len(turns))
    return turns[min(beyond, max(0, len(turns) - at_least)) :]
