"""What replies cite, where it can be read, and files that have changed since.

Everything comes from the receipts, so a model can cite nothing that it was not sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from chatsite.lib.fields import Unreadable
from conversations.core.citations import Cited
from conversations.core.redaction import in_strings
from conversations.models import Conversation, File, Message, Turn
from conversations.services import redacting
from conversations.services.exact_prompts import read_receipt
from conversations.services.links import link_to_message, link_to_passage

Receipt = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outdated:
    """A file that a reply was given, and the day of the newest version since."""

    name: str
    used: int
    uploaded: datetime


@dataclass(frozen=True, slots=True)
class Newest:
    """The version and the day of the newest file of a name."""

    version: int
    created: datetime


def receipts_of(owner_id: UUID, turns: Collection[UUID]) -> dict[UUID, Receipt]:
    """The receipts of these turns, as far as they have one: one query."""
    if not turns:
        return {}
    rows = Turn.objects.filter(owner_id=owner_id, id__in=turns)
    read = {row.id: _read(row) for row in rows.only("owner_id", "receipt")}
    return {turn: receipt for turn, receipt in read.items() if receipt is not None}


def cited_by(
    owner_id: UUID, receipts: Mapping[UUID, Receipt]
) -> dict[UUID, dict[int, Cited]]:
    """By turn, what each number of its prompt stands for. One query at most."""
    said = _said(
        {m for one in receipts.values() for m in _marked(one).values()}, owner_id
    )
    found: dict[UUID, dict[int, Cited]] = {}
    for turn, receipt in receipts.items():
        turns = {
            mark: said[message]
            for mark, message in _marked(receipt).items()
            if message in said
        }
        found[turn] = dict(_passages(receipt)) | turns
    return found


def newest_versions(conversation: Conversation) -> dict[UUID, Newest]:
    """Of each file that was sent in a conversation and has a newer version, that one's.
    One query.
    """
    rows = File.objects.filter(
        owner_id=conversation.owner_id,
        conversation=conversation,
        message__isnull=False,
    ).values_list("id", "name_hash", "version", "created")
    files = list(rows)
    newest: dict[str, Newest] = {}
    for _, name, version, created in sorted(files, key=lambda row: (row[2], row[3])):
        newest[name] = Newest(version, created)
    return {
        id: newest[name]
        for id, name, version, _ in files
        if version < newest[name].version
    }


def outdated(
    receipt: Receipt, newest: Mapping[UUID, Newest], cited: Collection[int]
) -> tuple[Outdated, ...]:
    """The files that a reply went by in an older version. What cites something went by
    that; of others nobody knows, so by all that was sent.
    """
    found = []
    for block in receipt["blocks"]:
        marks = dict(
            zip(block.get("marks", ()), block.get("passages", ()), strict=False)
        )
        used = {
            one["file"] for mark, one in marks.items() if mark in cited or not cited
        }
        for file in block.get("files", ()):
            later = newest.get(UUID(file["id"]))
            if later is not None and file["id"] in used:
                found.append(Outdated(file["name"], file["version"], later.created))
    return tuple(found)


# --- helpers
def _read(turn: Turn) -> Receipt | None:
    """For its person, who knows their files by their names."""
    receipt = read_receipt(turn)
    if receipt is None or not receipt.get("placeholders"):
        return receipt
    known = partial(redacting.restored, turn.owner_id)
    whole: Receipt = orjson.loads(in_strings(turn.receipt, known))
    return whole


def _passages(receipt: Receipt) -> Iterable[tuple[int, Cited]]:
    for block in receipt["blocks"]:
        names = {file["id"]: file["name"] for file in block.get("files", ())}
        places = block.get("passages", ())
        for mark, one in zip(block.get("marks", ()), places, strict=False):
            page, number = one["page"], one["number"]
            where = f"page {page}" if page else f"part {number}"
            address = link_to_passage(UUID(one["file"]), number)
            yield mark, Cited(f"{names[one['file']]}, {where}", address)


def _marked(receipt: Receipt) -> dict[int, UUID]:
    """The first message of each recalled turn that has a number."""
    found: dict[int, UUID] = {}
    for block in receipt["blocks"]:
        for mark, message in zip(
            block.get("marks", ()), block.get("messages", ()), strict=False
        ):
            if mark:
                found.setdefault(mark, UUID(message))
    return found


def _said(messages: Collection[UUID], owner_id: UUID) -> dict[UUID, Cited]:
    """Where messages of a person were said: one query, or none."""
    if not messages:
        return {}
    rows = Message.objects.filter(owner_id=owner_id, id__in=messages)
    slim = (
        "created",
        "conversation_id",
        "conversation__owner_id",
        "conversation__title",
    )
    rows = rows.select_related("conversation").only(*slim)
    return {row.id: _where(row) for row in rows}


def _where(message: Message) -> Cited:
    title = message.conversation.title
    named = "Another conversation" if isinstance(title, Unreadable) else str(title)
    local = timezone.localtime(message.created)
    day = f"{local.day} {local:%B %Y}"
    address = link_to_message(message.conversation_id, message.id)
    return Cited(f"{named}, {day}", address)
