"""The files on the messages of a conversation, and what a model is told of them.

A message in other words keeps the files of the versions before it: a file belongs to
every branch that goes through a later version of its message, or that itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.defaultfilters import filesizeformat

from conversations.core.context import Attachment, History, StoredMessage
from conversations.core.context.enclosed import attachment
from conversations.core.images import image_tokens
from conversations.core.model_api import Image
from conversations.core.prices import ModelCard
from conversations.models import File, Message
from conversations.services import ancestry, redacting
from conversations.services.branches import Branch
from conversations.services.redacting import Form

LOOKED_AT = 50  # files of a conversation, the latest: each costs a look at the branch
Attached = dict[UUID, list[File]]
"""The files of each message that has some, oldest first."""


def sent_in(conversation: str) -> Exists:
    """Whether any file was sent in the ``conversation`` that a query's rows name."""
    return Exists(
        File.objects.filter(conversation=OuterRef(conversation), message__isnull=False)
    )


def unread_on(message: str) -> Exists:
    """Whether a file on the ``message`` that a query's rows name is yet to be read."""
    waiting = (File.Status.WAITING, File.Status.READING)
    return Exists(File.objects.filter(message=OuterRef(message), status__in=waiting))


def to_messages(owner_id: UUID, messages: Iterable[Message]) -> Attached:
    """The files of these messages of a person: one query."""
    messages = [m for m in messages if m.role == Message.Role.USER]
    said = Q(message__parent_id__in={m.parent_id for m in messages} - {None})
    first = {m.conversation_id for m in messages if m.parent_id is None}
    said |= Q(message__parent=None, message__conversation_id__in=first)
    files = list(_sent(owner_id).filter(said)) if messages else []
    return _by_message(
        files, {m.id: (m.conversation_id, m.parent_id) for m in messages}
    )


@dataclass(frozen=True, slots=True)
class Files:
    """``of`` the messages of a branch; ``known`` are all of its conversation."""

    of: Attached
    known: Sequence[File]


def of_branch(branch: Branch) -> Files | None:
    """None of a conversation in which none was sent; only the latest of many."""
    talk = branch.conversation
    sent = _sent(talk.owner_id).filter(conversation=talk)
    known = list(sent.order_by("-created", "-id")[:LOOKED_AT])[::-1]
    if not known:
        return None
    depths = {file.message.depth for file in known}
    through = {_at(branch, depth) for depth in depths if depth <= branch.count}
    rows = Message.objects.filter(id__in=through - {None})
    here = {id: (talk.id, up) for id, up in rows.values_list("id", "parent_id")}
    return Files(_by_message(known, here), known)


def unseen(files: Files, branch: Branch, card: ModelCard) -> tuple[str, ...]:
    """The names of the images of a branch's last message that the model cannot see."""
    if card.sees_images or branch.last is None:
        return ()
    mine = files.of.get(branch.last, ())
    return tuple(
        redacting.told(file, "name") for file in mine if file.kind == File.Kind.IMAGE
    )


class ToldOf:
    """A ``History`` whose messages have their files with them, as ``tell`` has it."""

    def __init__(self, history: History, files: Attached, card: ModelCard) -> None:
        self._history, self._files, self._card = history, files, card

    @property
    def count(self) -> int:
        return self._history.count

    def tail(self, tokens: int, at_most: int | None = None) -> list[StoredMessage]:
        return self._told(self._history.tail(tokens, at_most))

    def everything(self) -> list[StoredMessage]:
        return self._told(self._history.everything())

    def pinned(self) -> list[StoredMessage]:
        return self._told(self._history.pinned())

    def _told(self, messages: list[StoredMessage]) -> list[StoredMessage]:
        return [with_files(message, self._files, self._card) for message in messages]


def with_files(
    message: StoredMessage,
    files: Attached,
    card: ModelCard,
    shown: Collection[UUID] | None = None,
    form: Form | None = None,
) -> StoredMessage:
    """The message and its files. Only images that are ``shown`` go as themselves; all
    that the model can see, where that is None. ``form`` as in ``redacting.told``.
    """
    if not (mine := files.get(message.id)):
        return message
    return replace(message, attached=tuple(_tell(f, card, shown, form) for f in mine))


def _tell(
    file: File, card: ModelCard, shown: Collection[UUID] | None, form: Form | None
) -> Attachment:
    name = " ".join(redacting.told(file, "name", form).split())
    if file.kind != File.Kind.IMAGE:
        version = f", version {file.version}" if file.version > 1 else ""
        return attachment(f"[file: {name}{version}]")
    size = f"{name}, {file.width}×{file.height}"
    if not card.sees_images:
        what = f"{file.media_type}, {_size(file)}"
        return attachment(f"[image: {size}, {what} – this model cannot see images]")
    if shown is not None and file.id not in shown:
        return attachment(f"[image: {size}]")
    tokens = image_tokens(card.name, file.width, file.height)
    return attachment(f"[image: {size}]", Image(file.id), tokens)


def _size(file: File) -> str:
    return filesizeformat(file.size).replace("\xa0", " ")


def _sent(owner_id: UUID) -> QuerySet[File]:
    sent = File.objects.filter(owner_id=owner_id, message__isnull=False)
    return sent.select_related("message").defer("message__body", "message__html")


def _by_message(
    files: Iterable[File], messages: dict[UUID, tuple[UUID, UUID | None]]
) -> Attached:
    """``messages``: the conversation and the parent of each."""
    versions: dict[tuple[UUID, UUID | None], list[File]] = defaultdict(list)
    for file in files:
        said = file.message
        versions[said.conversation_id, said.parent_id].append(file)
    found = {
        id: [file for file in versions[place] if file.message_id <= id]
        for id, place in messages.items()
        if place in versions
    }
    return {id: mine for id, mine in found.items() if mine}


def _at(branch: Branch, depth: int) -> UUID | None:
    if branch.last is None or depth == branch.count:
        return branch.last
    return ancestry.ancestor_at(branch.last, depth)
