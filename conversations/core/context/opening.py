"""What every strategy within a budget begins with: the parts that always go."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from conversations.core.context.about_person import about_person
from conversations.core.context.base import Block, Material, StoredMessage
from conversations.core.context.blocks import cost, spent, system_block
from conversations.core.context.files import Enclosed, enclosed
from conversations.core.context.turns import WholeTurn, sendable, whole_turns


@dataclass(frozen=True, slots=True)
class Opening:
    """The parts that always go, what was read of the branch, and the ``room`` in
    tokens that is left for what may go.
    """

    given: Material
    system: tuple[Block, ...]
    person: tuple[Block, ...]
    files: Enclosed
    pinned: tuple[StoredMessage, ...]
    read: tuple[StoredMessage, ...]  # the end of the branch, the question with it
    turns: tuple[WholeTurn, ...]  # those before the question
    room: int
    over_budget: bool
    notes: tuple[str, ...]

    @property
    def asked(self) -> tuple[StoredMessage, ...]:
        """The message to answer. It goes even when it was excluded: it was asked."""
        return self.read[-1:]

    @property
    def paid(self) -> frozenset[UUID]:
        """Pinned messages: ``room`` has their cost taken off already."""
        return frozenset(message.id for message in self.pinned)


def opening(given: Material, at_most: int | None = None) -> Opening:
    """Read the end of the branch, ``at_most`` so many messages, and see what is left.

    The message to answer always goes, even when it alone is over the budget: to send
    nothing would be a silent lie, and the model's own limit gives a clear error. Then
    nothing goes that does not have to.
    """
    system = system_block(given.system_prompt)
    for_talk = max(0, given.budget.prompt - spent(system))
    read = tuple(given.history.tail(for_talk, at_most))
    asked = {message.id for message in read[-1:]}
    pinned = sendable(m for m in given.history.pinned() if m.id not in asked)
    left = for_talk - cost(pinned) - cost(read[-1:])
    over_budget = given.budget.prompt < spent(system) + cost(pinned) + cost(read[-1:])
    person, notes = about_person(given, max(0, left))
    left = max(0, left - spent(person))
    files = enclosed(given.files, read[-1].text if read else "", left)
    first = given.history.count - len(read) + 1
    return Opening(
        given,
        system,
        person,
        files,
        tuple(pinned),
        read,
        tuple(whole_turns(read[:-1], first, cut=first > 1)),
        max(0, left - spent(files.block)),
        over_budget,
        notes,
    )
