"""The prompt of a reply, put together again from its receipt and what was said."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from conversations.core.context import StoredMessage
from conversations.core.context.blocks import items_of
from conversations.core.context.short_form import as_sent
from conversations.core.model_api import Item, Role, ToolSpec
from conversations.core.resuming import going_on
from conversations.models import Message, Turn
from conversations.services import branches, calling
from conversations.services.wire_form import mark_of, wire_form


class CannotRebuild(Exception):
    """Something that was sent is not there any more."""


def rebuild(turn: Turn, receipt: dict[str, Any]) -> bytes:
    """The JSON of the first request that ``receipt`` is of, as it went over the wire.

    Raises ``CannotRebuild`` when it cannot be told to be the same, byte for byte.
    """
    items = _items(turn.owner_id, receipt["blocks"])
    tools = tuple(
        ToolSpec(spec["name"], spec["description"], spec["parameters"])
        for spec in receipt.get("offered", ())
    )
    api = receipt.get("api", "responses")
    prompt = wire_form(api, items, tools)
    if receipt.get("mark") != mark_of(prompt):
        raise CannotRebuild
    if "went_on" in receipt:
        items = going_on(items, _had(turn, *receipt["went_on"]))
        prompt = wire_form(api, items, tools)
    return prompt


def messages_of(owner_id: UUID, ids: list[UUID]) -> dict[UUID, StoredMessage]:
    """Messages of a person as strategies take them, as far as they are still there."""
    rows = Message.objects.filter(owner_id=owner_id).defer("html").in_bulk(ids)
    return {said.id: said for said in branches.stored(rows.values())}


def sent_form(said: StoredMessage, short: bool) -> StoredMessage:
    """The message as it was sent, whatever marks it carries by now."""
    whole = StoredMessage(
        said.id, said.role, said.text, said.tokens, calls=said.calls, place=said.place
    )
    return as_sent(whole) if short else whole


def _items(owner_id: UUID, blocks: list[dict[str, Any]]) -> tuple[Item, ...]:
    ids = {UUID(one) for block in blocks for one in _said(block)}
    known = messages_of(owner_id, list(ids))
    items: list[Item] = []
    for block in blocks:
        system: Role = "system"
        items += [Item(system, text) for text in block.get("texts", ())]
        short = set(block.get("shortened", ()))
        for name in _said(block):
            if (said := known.get(UUID(name))) is None:
                raise CannotRebuild
            items += items_of(sent_form(said, name in short))
    return tuple(items)


def _said(block: dict[str, Any]) -> list[str]:
    """The messages of a block that has no text of its own."""
    return [] if "texts" in block else block.get("messages", [])


def _had(turn: Turn, characters: int, calls: int) -> list[Item]:
    """The reply as it was when it was gone on with."""
    made = tuple(calling.as_past(call) for call in turn.calls.all()[:calls])
    text = turn.message.body[:characters]
    return items_of(StoredMessage(turn.message_id, "assistant", text, 0, calls=made))


def read_receipt(turn: Turn) -> dict[str, Any] | None:
    """What was recorded; None while the reply has not begun."""
    try:
        found = orjson.loads(turn.receipt)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and "blocks" in found else None
