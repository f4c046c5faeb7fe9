"""The prompt of a reply, put together again from its receipt and what was said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson

from conversations.core.context import StoredMessage
from conversations.core.context.blocks import items_of
from conversations.core.context.files import file_of, passages_text
from conversations.core.context.short_form import as_sent
from conversations.core.model_api import Item, Role, ToolSpec
from conversations.core.prices import ModelCard
from conversations.core.resuming import going_on
from conversations.models import Message, Turn
from conversations.services import attached, branches, calling, passages
from conversations.services.pictures import pictured
from conversations.services.redacting import OFF, Form, cleared
from conversations.services.wire_form import mark_of, wire_form


class CannotRebuild(Exception):
    """Something that was sent is not there any more."""


def rebuild(turn: Turn, receipt: dict[str, Any]) -> bytes:
    """The JSON of the first request that ``receipt`` is of, as it went over the wire.

    Raises ``CannotRebuild`` when it cannot be told to be the same, byte for byte.
    """
    form = receipt.get("form", OFF)
    owner = turn.owner_id
    items = pictured(owner, cleared(owner, _items(owner, receipt), form))
    tools = tuple(
        ToolSpec(spec["name"], spec["description"], spec["parameters"])
        for spec in receipt.get("offered", ())
    )
    api = receipt.get("api", "responses")
    prompt = wire_form(api, items, tools)
    if receipt.get("mark") != mark_of(prompt):
        raise CannotRebuild
    if "went_on" in receipt:
        had = cleared(owner, _had(turn, *receipt["went_on"]), form)
        items = going_on(items, had)
        prompt = wire_form(api, items, tools)
    return prompt


def messages_of(
    owner_id: UUID, ids: list[UUID], receipt: dict[str, Any]
) -> dict[UUID, StoredMessage]:
    """Messages of a person as strategies take them, as far as they are still there,
    with their files as ``receipt`` has it.
    """
    rows = Message.objects.filter(owner_id=owner_id).defer("html").in_bulk(ids)
    form = receipt.get("form", OFF)
    told = {said.id: said for said in branches.stored(rows.values(), form)}
    if "sees_images" not in receipt:
        return told
    files = attached.to_messages(owner_id, rows.values())
    card = ModelCard(receipt["model"], sees_images=receipt["sees_images"])
    shown = {UUID(id) for one in receipt["blocks"] for id in one.get("images", ())}
    return {
        id: attached.with_files(said, files, card, shown, form)
        for id, said in told.items()
    }


def sent_form(said: StoredMessage, short: bool) -> StoredMessage:
    """The message as it was sent, whatever marks it carries by now."""
    whole = replace(said, pinned=False, excluded=False)
    return as_sent(whole) if short else whole


def _items(owner_id: UUID, receipt: dict[str, Any]) -> tuple[Item, ...]:
    blocks, form = receipt["blocks"], receipt.get("form", OFF)
    ids = {UUID(one) for block in blocks for one in _said(block)}
    known = messages_of(owner_id, list(ids), receipt)
    items: list[Item] = []
    for block in blocks:
        system: Role = "system"
        texts = [passages_sent(owner_id, block, form)] if "passages" in block else []
        items += [Item(system, text) for text in block.get("texts", texts)]
        short = set(block.get("shortened", ()))
        for name in _said(block):
            if (said := known.get(UUID(name))) is None:
                raise CannotRebuild
            items += items_of(sent_form(said, name in short))
    return tuple(items)


def passages_sent(owner_id: UUID, block: dict[str, Any], form: Form) -> str:
    """The text of a block of passages. Raises ``CannotRebuild`` when one is gone."""
    files = [file_of(record) for record in block["files"]]
    found = passages.sent(owner_id, block["passages"], form)
    if len(found) < len(block["passages"]):
        raise CannotRebuild
    return passages_text(files, found)


def _said(block: dict[str, Any]) -> list[str]:
    """The messages of a block that has no text of its own."""
    return [] if "texts" in block else block.get("messages", [])


def _had(turn: Turn, characters: int, calls: int) -> list[Item]:
    """The reply as it was when it was gone on with."""
    made = tuple(calling.as_past(call, OFF) for call in turn.calls.all()[:calls])
    text = turn.message.body[:characters]
    return items_of(StoredMessage(turn.message_id, "assistant", text, 0, calls=made))


def read_receipt(turn: Turn) -> dict[str, Any] | None:
    """What was recorded; None while the reply has not begun."""
    try:
        found = orjson.loads(turn.receipt)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and "blocks" in found else None
