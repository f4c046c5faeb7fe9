"""All that is remembered of a person, as a file: facts and core memory, with what they
were before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts import core_memory, fact_chains, facts
from accounts.models import CoreMemory, Fact
from conversations.services import preferences, profile


def memory_file(owner_id: UUID) -> dict[str, Any]:
    """As JSON takes it: content exact, moments in UTC. What was forgotten is not there,
    even while that can be taken back.
    """
    known = facts.known(owner_id)
    histories = fact_chains.histories(owner_id, known)
    blocks = {label: core_memory.versions(owner_id, label) for label in _LABELS}
    every: list[Fact | CoreMemory] = [*known]
    every += chain.from_iterable(histories.values())
    every += chain.from_iterable(blocks.values())
    behind = profile.conversations_behind(owner_id, every)
    wishes = preferences.of(owner_id)
    return {
        "exported": _stamp(timezone.now()),
        "uses_facts": wishes.uses_facts,
        "learns_facts": wishes.learns_facts,
        "facts": [
            _fact(fact, behind)
            | {"history": [_fact(old, behind) for old in histories[fact.id]]}
            for fact in known
        ],
        "core_memory": {
            label: [_version(one, behind) for one in versions]
            for label, versions in blocks.items()
        },
    }


_LABELS: tuple[core_memory.Label, ...] = ("assistant", "person")


def _fact(fact: Fact, behind: dict[UUID, UUID]) -> dict[str, Any]:
    return {
        "id": str(fact.id),
        "key": fact.key,
        "value": fact.value,
        "importance": fact.importance,
        "pinned": fact.pinned,
        **_origin(fact, behind),
        "ended": _stamp(fact.ended) if fact.ended else None,
    }


def _version(version: CoreMemory, behind: dict[UUID, UUID]) -> dict[str, Any]:
    return {
        "version": version.version,
        "text": version.text,
        **_origin(version, behind),
    }


def _origin(row: Fact | CoreMemory, behind: dict[UUID, UUID]) -> dict[str, Any]:
    talk = behind.get(row.source_message) if row.source_message else None
    return {
        "source": row.source,
        "message": str(row.source_message) if row.source_message else None,
        "conversation": str(talk) if talk else None,
        "created": _stamp(row.created),
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
