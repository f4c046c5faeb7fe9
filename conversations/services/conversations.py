"""What a person does to a conversation as a whole.

Every change is one statement on the row it is about, so two tabs never undo each
other's work. Repeating a change is harmless. Unknown and foreign conversations raise
``NotFound``.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.audit import record
from accounts.holds import is_held
from chatsite.lib.crypto import CannotOpen
from conversations.models import Conversation
from conversations.services import access, indexing, titles

_TITLE = Conversation._meta.get_field("title")


HELD = (
    "A legal hold is on your account, so this cannot be deleted for good now."
    " It stays in the trash."
)


class Refused(Exception):
    """Not in this state; ``str()`` is a sentence for the person."""


@transaction.atomic
def create(
    *, by: UUID, title: str, model: str = "", strategy: str = ""
) -> Conversation:
    """A conversation without messages yet. ``""`` follows the site's settings."""
    made = Conversation.objects.create(
        owner_id=by, title=titles.clean(title), model=model, strategy=strategy
    )
    indexing.put_title(made)
    return made


@transaction.atomic
def rename(*, by: UUID, conversation_id: UUID, title: str) -> None:
    """Give it a title that the model will not change. Raises ``BadTitle``."""
    conversation = access.conversation(by, conversation_id)
    try:
        conversation.title = titles.clean(title)
        conversation.title_source = Conversation.TitleSource.PERSON
        conversation.save(update_fields=["title", "title_source"])
        indexing.put_title(conversation)
    except CannotOpen:
        raise titles.BadTitle(
            "The present title cannot be decrypted, so it is not overwritten."
        ) from None


@transaction.atomic
def set_model_title(conversation_id: UUID, title: str) -> bool:
    """The model's title, unless a person gave one or the conversation is gone.

    The order of the list stays: a title is no activity.
    """
    conversation = Conversation.objects.filter(id=conversation_id).first()
    if conversation is None:
        return False
    try:
        words = titles.clean(title[: titles.LONGEST])
        sealed = _TITLE.seal(conversation, words)
    except (titles.BadTitle, CannotOpen):
        return False
    # compare-and-set: somebody may rename it at this very moment
    own = Conversation.objects.filter(id=conversation_id).exclude(
        title_source=Conversation.TitleSource.PERSON
    )
    if not own.update(title=sealed, title_source=Conversation.TitleSource.MODEL):
        return False
    conversation.title = words
    indexing.put_title(conversation)
    return True


def pin(*, by: UUID, conversation_id: UUID) -> None:
    """Keep it on top of the sidebar; out of the archive, if it lay there."""
    _change(by, conversation_id, pinned_at=timezone.now(), archived_at=None)


def unpin(*, by: UUID, conversation_id: UUID) -> None:
    _change(by, conversation_id, pinned_at=None)


def mark_read(*, by: UUID, conversation_id: UUID) -> bool:
    """Its owner has seen the latest reply. False when that was known."""
    there = access.conversations_of(by).filter(id=conversation_id)
    unread = Q(read_at=None) | Q(read_at__lt=F("replied_at"))
    return bool(
        there.filter(unread, replied_at__isnull=False).update(read_at=timezone.now())
    )


def archive(*, by: UUID, conversation_id: UUID) -> None:
    """Out of the sidebar, unpinned; a new message brings it back."""
    _change(by, conversation_id, archived_at=timezone.now(), pinned_at=None)


def unarchive(*, by: UUID, conversation_id: UUID) -> None:
    _change(by, conversation_id, archived_at=None)


def to_trash(*, by: UUID, conversation_id: UUID) -> None:
    """Delete it, so that it can be restored. The first time counts."""
    there = access.conversations_of(by).filter(id=conversation_id)
    if not there.filter(deleted_at=None).update(deleted_at=timezone.now()):
        access.conversation(by, conversation_id)


def restore(*, by: UUID, conversation_id: UUID) -> None:
    """Take it out of the trash, as it was before."""
    if (
        not access.conversations_of(by)
        .filter(id=conversation_id)
        .update(deleted_at=None)
    ):
        raise access.NotFound


@transaction.atomic
def erase(*, by: UUID, conversation_id: UUID) -> None:
    """Delete it for good, with everything said in it. Only from the trash, and not
    while a legal hold keeps it there.
    """
    conversation = access.conversation_to_erase(by, conversation_id)
    if conversation.deleted_at is None:
        raise Refused("Only what is in the trash can be deleted for good.")
    if is_held(by):
        raise Refused(HELD)
    destroy(conversation)
    record(
        "conversations.erased",
        actor=by,
        subject=("conversations.conversation", str(conversation_id)),
    )


def destroy(conversation: Conversation) -> None:
    """Its messages, files, entries of the index and all else go with the row. Call it
    in a transaction in which the row is locked.
    """
    conversation.delete()


def _change(by: UUID, conversation_id: UUID, **values: Any) -> None:
    """Change a conversation that is not in the trash."""
    there = access.conversations_of(by).filter(id=conversation_id)
    if there.filter(deleted_at=None).update(**values):
        return
    access.conversation(by, conversation_id)
    raise Refused("This conversation is in the trash. Restore it first.")
