"""What a conversation's page shows: a screenful of the branch, each reply's state."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from chatsite.lib.fields import Unreadable
from conversations.core.markdown import (
    RENDERER_VERSION,
    render,
    render_unfinished,
)
from conversations.models import Conversation, Message, Turn
from conversations.services import access, history
from conversations.services.settling import partial_text
from conversations.services.shown_calls import ShownCall, shown_calls

SHOWN = 40  # messages a page
ROLES = (Message.Role.USER, Message.Role.ASSISTANT)
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Said:
    """A message, the turn that made it if it is a reply, and its text so far."""

    message: Message
    turn: Turn | None
    text: str

    @property
    def status(self) -> str:
        return self.turn.status if self.turn else Turn.Status.COMPLETE

    @property
    def is_live(self) -> bool:
        return self.status in Turn.LIVE


@dataclass(frozen=True, slots=True)
class Shown(Said):
    """``html`` is the renderer's output and nothing else; "" for a person's message."""

    html: str
    siblings: tuple[UUID, ...] = ()  # all versions of it, itself among them, by age
    calls: tuple[ShownCall, ...] = ()

    @property
    def version(self) -> int:
        """Its place among its versions, from 1."""
        return self.siblings.index(self.message.id) + 1

    @property
    def previous(self) -> UUID | None:
        return self.siblings[self.version - 2] if self.version > 1 else None

    @property
    def next(self) -> UUID | None:
        at = self.version
        return self.siblings[at] if at < len(self.siblings) else None


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of the branch, oldest first. ``before``: the message just before it."""

    conversation: Conversation
    shown: list[Shown]
    before: Message | None
    is_latest: bool

    @property
    def oldest(self) -> UUID:
        return self.shown[0].message.id

    @property
    def ids(self) -> set[UUID]:
        return {said.message.id for said in self.shown}


def page(*, by: UUID, conversation_id: UUID, before: UUID | None = None) -> Thread:
    """The last messages, or those before the message ``before``."""
    conversation = access.conversation(by, conversation_id)
    last = conversation.head_id
    if before is not None:
        last = _in(conversation, before).parent_id
    messages = history.branch(conversation.id, last, at_most=SHOWN + 1)
    earlier = messages.pop(0) if len(messages) > SHOWN else None
    return Thread(conversation, show(messages), earlier, before is None)


def message(*, by: UUID, conversation_id: UUID, message_id: UUID) -> Shown:
    """One message as the page shows it now."""
    conversation = access.conversation(by, conversation_id)
    shown = show([_in(conversation, message_id)])
    if not shown:
        raise access.NotFound
    return shown[0]


def tell(messages: Iterable[Message]) -> list[Said]:
    """Join messages with their turns and the text of those still being written."""
    messages = list(messages)
    replies = [m.id for m in messages if m.role == Message.Role.ASSISTANT]
    turns = {
        turn.message_id: turn  # in order of time: the last one counts
        for turn in Turn.objects.filter(message_id__in=replies).defer("receipt")
    }
    live = [turn.id for turn in turns.values() if turn.status in Turn.LIVE]
    texts = _partial_texts(live) if live else {}
    told = []
    for each in messages:
        turn = turns.get(each.id)
        written = texts.get(turn.id) if turn else None
        told.append(Said(each, turn, each.body + (written or "")))
    return told


def show(messages: Iterable[Message]) -> list[Shown]:
    """The messages that a page shows, with their HTML."""
    told = tell(m for m in messages if m.role in ROLES)
    stored = _stored_html(said.message.id for said in told)
    siblings = _siblings([said.message for said in told])
    calls = shown_calls(said.message.id for said in told if said.turn)
    shown = []
    for said in told:
        text = _LONE_SURROGATES.sub("\ufffd", said.text)
        html = ""
        if said.message.role == Message.Role.ASSISTANT:
            html = "" if said.is_live else stored.get(said.message.id, "")
            html = html or _rendered(said, text)
        versions = siblings[said.message.id]
        made = calls.get(said.message.id, ())
        shown.append(Shown(said.message, said.turn, text, html, versions, made))
    return shown


def _rendered(said: Said, text: str) -> str:
    whole = said.status == Turn.Status.COMPLETE
    return render(text) if whole else render_unfinished(text)


def _in(conversation: Conversation, message_id: UUID) -> Message:
    found = conversation.messages.filter(
        id=message_id, owner_id=conversation.owner_id
    ).defer("html")
    if (one := found.first()) is None:
        raise access.NotFound
    return one


def _partial_texts(turns: Iterable[UUID]) -> dict[UUID, str]:
    found = Turn.objects.filter(id__in=turns).only("id").prefetch_related("chunks")
    return {turn.id: partial_text(turn) for turn in found}


def _siblings(messages: list[Message]) -> dict[UUID, tuple[UUID, ...]]:
    """For each message, the ids of all that answer the same one as it does."""
    parents = {each.parent_id for each in messages}
    answers = Q(parent_id__in=parents - {None})
    if None in parents:  # the beginning, said again in other words
        first = next(each for each in messages if each.parent_id is None)
        answers |= Q(conversation_id=first.conversation_id, parent=None)
    versions: dict[UUID | None, list[UUID]] = {parent: [] for parent in parents}
    pairs = (
        Message.objects.filter(answers).order_by("id").values_list("parent_id", "id")
    )
    for parent, message_id in pairs:
        versions[parent].append(message_id)
    return {each.id: tuple(versions[each.parent_id]) for each in messages}


def _stored_html(messages: Iterable[UUID]) -> dict[UUID, str]:
    """HTML by this renderer; without what another made, or what no key opens."""
    rows = Message.objects.filter(
        id__in=list(messages), html_version=RENDERER_VERSION
    ).only("id", "owner_id", "html")
    return {row.id: row.html for row in rows if not isinstance(row.html, Unreadable)}
