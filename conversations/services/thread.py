"""What a conversation's page shows: a screenful of the branch, each reply's state."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q

from accounts.models import Fact
from chatsite.lib.fields import Unreadable
from conversations.core.citations import MARK, Cited, linked
from conversations.core.markdown import (
    RENDERER_VERSION,
    render,
    render_unfinished,
)
from conversations.models import Conversation, File, Message, Turn
from conversations.services import (
    access,
    attached,
    cold,
    history,
    sources,
    whereabouts,
)
from conversations.services.memory_changes import changes_of
from conversations.services.settling import partial_text
from conversations.services.shown_calls import ShownCall, shown_calls
from conversations.services.sources import Outdated
from conversations.services.whereabouts import Side, Stretch

SHOWN = 40  # messages a page
ROLES = (Message.Role.USER, Message.Role.ASSISTANT)
_FILES = {"has_files": attached.sent_in("id")}
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
    learned: tuple[Fact, ...] = ()  # that hold, and can be taken back
    files: tuple[File, ...] = ()
    sources: tuple[tuple[int, Cited], ...] = ()  # that it cites, by their numbers
    outdated: tuple[Outdated, ...] = ()
    unseen: tuple[str, ...] = ()  # images that its model could not see

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
    """A page of the branch, oldest first. ``before``: the message just before it;
    ``found``: the one it was opened for; ``stretch``: where it is.
    """

    conversation: Conversation
    shown: list[Shown]
    before: Message | None
    stretch: Stretch
    found: UUID | None = None

    @property
    def is_latest(self) -> bool:
        return self.stretch.is_latest

    @property
    def oldest(self) -> UUID:
        return self.shown[0].message.id

    @property
    def newest(self) -> UUID:
        return self.shown[-1].message.id

    @property
    def ids(self) -> set[UUID]:
        return {said.message.id for said in self.shown}


def page(
    *,
    by: UUID,
    conversation_id: UUID,
    before: UUID | None = None,
    after: UUID | None = None,
    at: UUID | None = None,
) -> Thread:
    """The last messages; or those ``before`` a message, ``after`` it, or around the one
    ``at`` which to open, on whichever branch it is.
    """
    conversation = access.conversation(by, conversation_id, **_FILES)
    if conversation.cold_at:
        cold.thaw(conversation)
    place = before or after or at
    stretch = whereabouts.latest(conversation)
    if place is not None:
        stretch = whereabouts.stretch(
            conversation,
            _in(conversation, place),
            Side.BEFORE if before else Side.AFTER if after else Side.AROUND,
            SHOWN,
        )
    messages = history.branch(conversation.id, stretch.last, at_most=SHOWN + 1)
    earlier = messages.pop(0) if len(messages) > SHOWN else None
    found = None if before or after else at
    shown = _sourced(conversation, show(messages))
    return Thread(conversation, shown, earlier, stretch, found)


def message(*, by: UUID, conversation_id: UUID, message_id: UUID) -> Shown:
    """One message as the page shows it now."""
    conversation = access.conversation(by, conversation_id, **_FILES)
    shown = _sourced(conversation, show([_in(conversation, message_id)]))
    if not shown:
        raise access.NotFound
    return shown[0]


def shown_in(
    owner_id: UUID, conversation_id: UUID, messages: Iterable[Message]
) -> list[Shown]:
    """These messages of it, as their owner sees them."""
    conversation = access.conversation(owner_id, conversation_id, **_FILES)
    return _sourced(conversation, show(messages))


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
    replies = [said.message for said in told if said.turn]
    calls, learned = _memory(replies)
    shown = []
    for said in told:
        text = _LONE_SURROGATES.sub("\ufffd", said.text)
        html = ""
        if said.message.role == Message.Role.ASSISTANT:
            html = "" if said.is_live else stored.get(said.message.id, "")
            html = html or _rendered(said, text)
        versions = siblings[said.message.id]
        made = calls.get(said.message.id, ())
        new = learned.get(said.message.id, ())
        shown.append(Shown(said.message, said.turn, text, html, versions, made, new))
    return shown


def _sourced(conversation: Conversation, shown: list[Shown]) -> list[Shown]:
    """With their files, and with the numbers that replies cite as links."""
    newest: dict[UUID, sources.Newest] = {}
    files: attached.Attached = {}
    if files_here := conversation.has_files:
        said = [one.message for one in shown]
        files = attached.to_messages(conversation.owner_id, said)
        newest = sources.newest_versions(conversation)
    asked = {
        one.turn.id
        for one in shown
        if one.turn and not one.is_live and (files_here or MARK.search(one.text))
    }
    receipts = sources.receipts_of(conversation.owner_id, asked)
    cited = sources.cited_by(conversation.owner_id, receipts)
    made = []
    for one in shown:
        mine = tuple(files.get(one.message.id, ()))
        if one.turn and (receipt := receipts.get(one.turn.id)):
            html, marks = linked(one.html, known := cited[one.turn.id])
            one = replace(
                one,
                html=html,
                sources=tuple((mark, known[mark]) for mark in marks),
                outdated=sources.outdated(receipt, newest, marks),
                unseen=tuple(receipt.get("unseen", ())),
            )
        made.append(replace(one, files=mine) if mine else one)
    return made


def _memory(
    replies: list[Message],
) -> tuple[dict[UUID, tuple[ShownCall, ...]], dict[UUID, tuple[Fact, ...]]]:
    """The tool calls of replies, and the facts that came of them otherwise."""
    if not replies:
        return {}, {}
    changes = changes_of(replies[0].owner_id)
    calls = shown_calls((reply.id for reply in replies), changes)
    undone = {call.undo.fact for its in calls.values() for call in its if call.undo}
    learned = {
        reply: tuple(fact for fact in facts if fact.id not in undone)
        for reply, facts in changes.learned(replies).items()
    }
    return calls, learned


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
