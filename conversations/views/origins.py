"""Where something that is remembered was said."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.models import CoreMemory, Fact
from conversations.services import profile
from conversations.services.links import link_to_message


def origins(owner_id: UUID, rows: Sequence[Fact | CoreMemory]) -> dict[UUID, str]:
    """By row, the address of the message it came from, while that is there."""
    behind = profile.conversations_behind(owner_id, rows)
    return {
        row.id: link_to_message(behind[row.source_message], row.source_message)
        for row in rows
        if row.source_message in behind
    }
