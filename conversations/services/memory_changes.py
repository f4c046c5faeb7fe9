"""What has changed in a person's memory within a day, and so can be taken back: found
for the tool call that did it, and for the reply after which it was learned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.facts import KEPT, Change
from accounts.models import CoreMemory, Fact
from conversations.models import Message, ToolCall

_FACT_TOOLS: dict[str, Change] = {"remember": "remembered", "forget": "forgotten"}
_CORE_TOOLS = ("edit_memory",)


@dataclass(frozen=True, slots=True)
class Undo:
    """Of the ``change`` of a fact, or of a ``version`` of core memory."""

    fact: UUID | None = None
    change: Change = "remembered"
    version: UUID | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """``facts`` that began or ended within a day."""

    since: datetime
    facts: tuple[Fact, ...] = ()

    def by_call(self, calls: Iterable[ToolCall]) -> dict[UUID, Undo]:
        """What can be taken back of what these calls did."""
        made = [call for call in calls if call.finished and call.created > self.since]
        return self._of_facts(made) | self._of_core(made)

    def learned(self, messages: Iterable[Message]) -> dict[UUID, tuple[Fact, ...]]:
        """By reply, the facts that hold and were learned of what it answers, or that
        the model noted while it wrote.
        """
        new: dict[UUID | None, list[Fact]] = {}
        for fact in self.facts:
            if fact.ended is None and fact.source != Fact.Source.PERSON:
                new.setdefault(fact.source_message, []).append(fact)
        if not new:
            return {}
        replies = [each for each in messages if each.role == Message.Role.ASSISTANT]
        found = {
            reply.id: (*new.get(reply.id, ()), *new.get(reply.parent_id, ()))
            for reply in replies
            if reply.parent_id is not None
        }
        return {reply: told for reply, told in found.items() if told}

    def _of_facts(self, made: list[ToolCall]) -> dict[UUID, Undo]:
        """A fact does not know which call changed it, but calls of a turn run one after
        the other: it is the one within whose time the fact began or ended.
        """
        known = {fact.key_hash for fact in self.facts if fact.ended is None}
        found = {}
        for call in (call for call in made if call.name in _FACT_TOOLS):
            for fact in self.facts:
                change = _change(call, fact, known)
                if change == _FACT_TOOLS[call.name]:
                    found[call.id] = Undo(fact.id, change)
        return found

    def _of_core(self, made: list[ToolCall]) -> dict[UUID, Undo]:
        """The same for the newest version of each block: no other can be taken back."""
        wrote = [call for call in made if call.name in _CORE_TOOLS]
        if not wrote:
            return {}
        newest: dict[str, CoreMemory] = {}
        rows = CoreMemory.objects.filter(owner_id=wrote[0].owner_id)
        for row in rows.filter(created__gt=self.since).order_by("version"):
            newest[row.label] = row
        return {
            call.id: Undo(version=row.id)
            for call in wrote
            for row in newest.values()
            if row.source_message == call.turn.message_id and _within(call, row.created)
        }


def changes_of(owner_id: UUID) -> Changes:
    """One query, over what changed within a day and nothing older."""
    since = timezone.now() - KEPT
    moved = Q(created__gte=since, ended=None) | Q(ended__gte=since)
    return Changes(since, tuple(Fact.objects.filter(moved, owner_id=owner_id)))


def _change(call: ToolCall, fact: Fact, known: set[str]) -> Change | None:
    if fact.ended is None:
        mine = fact.source_message == call.turn.message_id
        return "remembered" if mine and _within(call, fact.created) else None
    gone = _within(call, fact.ended) and fact.key_hash not in known
    return "forgotten" if gone else None


def _within(call: ToolCall, moment: datetime) -> bool:
    return call.finished is not None and call.created <= moment <= call.finished
