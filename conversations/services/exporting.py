"""One conversation out of the house, in batches, however long it is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from itertools import islice
from typing import Any
from uuid import UUID

from accounts.audit import record
from conversations.models import Conversation, File, Message
from conversations.services import access, files
from conversations.services.thread import ROLES, Said, tell

BATCH = 200


@dataclass(frozen=True, slots=True)
class Export:
    """``parts`` joined are the file; they are read from the database as they go."""

    title: str
    parts: Iterator[str]


def export(*, by: UUID, conversation_id: UUID, form: str, zone: tzinfo) -> Export:
    """The conversation as ``txt`` or ``md`` (the branch shown), or ``json`` (all)."""
    conversation = access.conversation(by, conversation_id)
    write = _Writer(conversation, zone)
    forms: dict[str, Callable[[], Iterator[str]]] = {
        "txt": write.text,
        "md": write.markdown,
        "json": write.json,
    }
    parts = forms[form]()
    record("conversations.exported", actor=by, subject=conversation, form=form)
    return Export(conversation.title, parts)


@dataclass(frozen=True)
class _Writer:
    conversation: Conversation
    zone: tzinfo

    def text(self) -> Iterator[str]:
        yield f"{self.conversation.title}\n"
        for said in self._talk():
            name, when = self._head(said)
            attached = self._attached(said)
            yield f"\n{name} · {when}\n{said.text}\n{''.join(attached)}"

    def markdown(self) -> Iterator[str]:
        yield f"# {self.conversation.title}\n"
        for said in self._talk():
            name, when = self._head(said)
            attached = "".join(f"\n- {line}" for line in self._attached(said))
            yield f"\n## {name}\n\n*{when}*\n\n{said.text}\n{attached}"

    def json(self) -> Iterator[str]:
        conversation = self.conversation
        yield json.dumps(head(conversation))[:-1] + ', "messages": ['
        comma = "\n"
        for said in _batches(all_ids(conversation)):
            told = fields(said)
            if sent := self._files.get(said.message.id):
                told["attachments"] = [attached(each) for each in sent]
            yield comma + json.dumps(told)
            comma = ",\n"
        yield "\n]}\n"

    def _talk(self) -> Iterator[Said]:
        said = _batches(branch_ids(self.conversation))
        return (one for one in said if one.message.role in ROLES)

    @cached_property
    def _files(self) -> dict[UUID, list[File]]:
        """Of all messages that have some: few do, so all are looked up at once."""
        sent: dict[UUID, list[File]] = defaultdict(list)
        for file in files.of_conversation(self.conversation):
            sent[file.message_id].append(file)
        return sent

    def _attached(self, said: Said) -> list[str]:
        """A line for each of its files."""
        sent = self._files.get(said.message.id, [])
        return [f"Attached: {file.name} ({file.size:,} bytes)\n" for file in sent]

    def _head(self, said: Said) -> tuple[str, str]:
        local = said.message.created.astimezone(self.zone)
        by_person = said.message.role == Message.Role.USER
        name = "You" if by_person else said.turn.model if said.turn else "Reply"
        note = "" if said.status == "complete" else f" ({said.status})"
        return name + note, f"{local:%Y-%m-%d %H:%M %Z}"


def _batches(ids: list[UUID]) -> Iterator[Said]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        found = Message.objects.defer("html").in_bulk(batch)
        # a message may have gone since the ids were read
        yield from tell(found[key] for key in batch if key in found)


def all_ids(conversation: Conversation) -> list[UUID]:
    ids = conversation.messages.order_by("id").values_list("id", flat=True)
    return list(ids.iterator())


def branch_ids(conversation: Conversation) -> list[UUID]:
    pairs = conversation.messages.order_by().values_list("id", "parent_id")
    parents = dict(pairs.iterator())
    branch = []
    at = conversation.head_id
    while at is not None and at in parents:
        branch.append(at)
        at = parents[at]
    return branch[::-1]


def head(conversation: Conversation) -> dict[str, Any]:
    """What JSON says of a conversation before its messages."""
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "created": _stamp(conversation.created),
        "updated": _stamp(conversation.updated),
    }


def fields(said: Said) -> dict[str, Any]:
    """What it says of a message."""
    message, turn = said.message, said.turn
    usage = turn and {
        "input": turn.input_tokens,
        "output": turn.output_tokens,
        "cached": turn.cached_tokens,
    }
    return {
        "id": str(message.id),
        "parent": str(message.parent_id) if message.parent_id else None,
        "role": message.role,
        "content": said.text,
        "created": _stamp(message.created),
        "status": said.status,
        "model": turn.model if turn else None,
        "usage": usage,
        "cost_usd": float(turn.cost_usd) if turn else None,
    }


def attached(file: File) -> dict[str, Any]:
    return {"id": str(file.id), "name": file.name, "size": file.size}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
