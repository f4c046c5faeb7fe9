"""Conversations in an export: each as JSON with all there is, and as a page to read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from accounts.documents import by_key, told
from accounts.personal_data import Document
from chatsite.lib.fields import Unreadable
from conversations.models import (
    Conversation,
    File,
    Message,
    Summary,
    ToolCall,
    Turn,
    TurnChunk,
)
from conversations.personal_data import attachments, talk_pages
from conversations.services import exporting, files
from conversations.services.thread import tell

OWNER = {"owner_id", "conversation_id"}
# told under other names, made of what is told, or what only finds it faster
MESSAGE = frozenset(
    OWNER
    | {"id", "parent_id", "role", "body", "created"}
    | {"html", "html_version", "jump_id"}
)
TURN = frozenset(OWNER | {"message_id", "receipt", "runner", "heartbeat"})
CALL = frozenset({"owner_id", "turn_id"})
SUMMARY = frozenset(OWNER)


def documents(user_id: UUID) -> Iterator[Document]:
    """Those that are archived, in the trash or in cold storage too."""
    for batch in by_key(Conversation.objects.filter(owner_id=user_id)):
        for conversation in batch:
            yield _as_json(conversation)
            yield talk_pages.page(conversation)


def _as_json(conversation: Conversation) -> Document:
    document = Document(f"conversations/{conversation.id}.json", ())
    document.pieces = _pieces(document, conversation)
    return document


def _pieces(document: Document, conversation: Conversation) -> Iterator[bytes]:
    """The shape of a conversation's own export, and more keys beside its."""
    summaries = list(map(_summary, conversation.summaries.order_by("id")))
    document.rows += 1 + len(summaries)
    head = exporting.head(conversation) | told(conversation, frozenset({"id"}))
    head["summaries"] = summaries
    yield f'{json.dumps(head)[:-1]}, "messages": ['.encode()
    comma = "\n"
    for batch in by_key(conversation.messages.defer("html")):
        lines = ",\n".join(map(json.dumps, _batch(document, batch)))
        yield f"{comma}{lines}".encode()
        comma = ",\n"
    yield b"\n]}\n"


def _batch(document: Document, messages: list[Message]) -> Iterator[dict[str, Any]]:
    ids = [message.id for message in messages]
    turns = list(Turn.objects.filter(message_id__in=ids).order_by("id"))
    calls = _by("turn_id", ToolCall.objects.filter(turn__in=turns).order_by("id"))
    made = _by("message_id", turns)
    sent = files.of_messages(ids)
    growing = [turn.id for turn in turns if turn.status in Turn.LIVE]
    chunks = TurnChunk.objects.filter(turn_id__in=growing).count() if growing else 0
    document.rows += len(ids) + len(turns) + chunks + sum(map(len, calls.values()))
    for said in tell(messages):
        fields = exporting.fields(said) | told(said.message, MESSAGE)
        fields["attachments"] = list(map(_attached, sent.get(said.message.id, ())))
        fields["turns"] = [_turn(turn, calls) for turn in made[said.message.id]]
        yield fields


def _turn(turn: Turn, calls: dict[UUID, list[ToolCall]]) -> dict[str, Any]:
    return told(turn, TURN) | {
        "receipt": _receipt(turn.receipt),
        "calls": [told(call, CALL) for call in calls[turn.id]],
    }


def _receipt(text: str) -> Any:
    return json.loads(text) if text and not isinstance(text, Unreadable) else None


def _summary(summary: Summary) -> dict[str, Any]:
    return told(summary, SUMMARY)


def _attached(file: File) -> dict[str, Any]:
    return exporting.attached(file) | {"path": attachments.path(file)}


def _by(column: str, rows: Iterable[Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found
