"""What a watcher or a sidebar needs to know of a conversation right now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.core.model_api import Usage
from conversations.core.tools import ToldCall
from conversations.models import Conversation, Turn
from conversations.services import access
from conversations.services.settling import partial_text
from conversations.services.shown_calls import told_calls
from conversations.services.turns import live_turns


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as stored. ``text`` is the reply so far, ``parent`` what it answers.
    ``calls``: those of tools, where they were asked for.
    """

    turn: UUID
    conversation: UUID
    message: UUID
    parent: UUID | None
    status: str
    text: str
    usage: Usage
    cost_usd: Any
    error: dict[str, Any] | None
    calls: tuple[ToldCall, ...] = ()

    @property
    def offset(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the sidebar."""

    owner: UUID
    head: UUID | None
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """The turn asked for, or else all live turns of the conversation."""

    turns: list[TurnView]
    unread: bool
    active: datetime  # when the conversation was last


def view(by: UUID, conversation_id: UUID, turn_id: UUID | None) -> View:
    """Raises ``NotFound`` for what is not this person's."""
    conversation = access.conversation(by, conversation_id)
    mine = Turn.objects.filter(conversation_id=conversation_id, owner_id=by)
    rows = mine.filter(id=turn_id) if turn_id else live_turns(conversation_id)
    found = list(rows.select_related("message"))
    if turn_id is not None and not found:
        raise access.NotFound
    running = [turn.id for turn in found if turn.status == Turn.Status.RUNNING]
    calls = told_calls(running) if running else {}
    views = [turn_view(turn, calls.get(turn.id, ())) for turn in found]
    return View(views, conversation.is_unread, conversation.updated)


def rows(conversation_ids: Collection[UUID]) -> dict[UUID, Row]:
    """The ``conversation`` frames' fields; those that are gone have no entry."""
    found = Conversation.objects.filter(id__in=conversation_ids)
    live = Turn.objects.filter(
        conversation_id__in=conversation_ids, status__in=Turn.LIVE
    )
    running = set(live.values_list("conversation_id", flat=True))
    return {each.id: _row(each, each.id in running) for each in found}


def _row(conversation: Conversation, running: bool) -> Row:
    return Row(
        conversation.owner_id,
        conversation.head_id,
        {
            "conversation": conversation.id,
            "title": conversation.title,
            "updated": conversation.updated.isoformat(),
            "running": running,
            "unread": conversation.is_unread,
            "deleted": conversation.deleted_at is not None,
            "pinned": conversation.pinned_at is not None,
            "archived": conversation.archived_at is not None,
        },
    )


def turn_view(turn: Turn, calls: tuple[ToldCall, ...] = ()) -> TurnView:
    over = turn.status not in Turn.LIVE
    error = None
    if turn.error_code:
        error = {
            "code": turn.error_code,
            "message": turn.error_sentence,
            "retryable": turn.error_code not in ("auth", "not_found", "over_budget"),
        }
    return TurnView(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.message.parent_id,
        turn.status,
        turn.message.body + ("" if over else partial_text(turn)),
        Usage(turn.input_tokens, turn.output_tokens, turn.cached_tokens),
        turn.cost_usd,
        error,
        calls,
    )
