"""The rest of what a prompt held only the beginning of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from conversations.models import Message, ToolCall
from conversations.services import redacting

PASSAGE = 12_000  # characters at a time: about 3,000 tokens
_MESSAGE = re.compile(r"(?:message\s+)?([0-9a-fA-F-]{36})\s*")


@dataclass(frozen=True, slots=True)
class Passage:
    """It ends at ``end`` of ``length``, in characters of what models are told."""

    text: str
    end: int
    length: int


def passage(
    owner: UUID, conversation: UUID, handle: str, offset: int = 0
) -> Passage | None:
    """What stands behind a handle ("message …", "tool call …"), from ``offset`` on.
    None when the conversation has nothing of that name.
    """
    whole = _whole(owner, conversation, handle.strip()[:200])
    if whole is None:
        return None
    text = whole[offset : offset + PASSAGE]
    return Passage(redacting.restored(owner, text), offset + len(text), len(whole))


def _whole(owner: UUID, conversation: UUID, handle: str) -> str | None:
    if match := _MESSAGE.fullmatch(handle):
        try:
            message_id = UUID(match[1])
        except ValueError:
            return None
        said = Message.objects.filter(
            id=message_id, conversation_id=conversation, owner_id=owner
        ).defer("html")
        message = said.first()
        return redacting.told(message, "body") if message else None
    made = ToolCall.objects.filter(
        turn__conversation_id=conversation,
        owner_id=owner,
        call_id=handle.removeprefix("tool call").strip(),
    )
    call = made.order_by("-id").first()
    return redacting.told(call, "output") if call else None
