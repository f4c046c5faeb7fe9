"""The files of a person: looked at, sent with a message, taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts.holds import held_people
from conversations.core.requests import MAX_ATTACHMENTS
from conversations.models import Conversation, File, Message, Passage
from conversations.services import access, file_parts, file_versions, indexing

MOST_ATTACHED = MAX_ATTACHMENTS  # files of one message
UNSENT_KEPT = timedelta(days=1)
INDEXED_AT_ONCE = 100  # passages; the rest are indexed in the background
PURGED_AT_ONCE = 20  # files


class TooManyFiles(Exception):
    """A message cannot have so many."""


class NoSuchFile(access.NotFound):
    """It is not there to be sent: unknown, somebody else's, sent already, purged."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a file has been read. ``done``: percent; ``problem``: a sentence."""

    status: str
    done: int
    problem: str


def get(by: UUID, file_id: UUID) -> File:
    """Raises ``NotFound``."""
    return access.file(by, file_id)


def status(by: UUID, file_id: UUID) -> Standing:
    """Raises ``NotFound``."""
    file = access.file(by, file_id)
    return Standing(file.status, file.done, file.problem)


def content(file: File) -> Iterator[bytes]:
    """Its bytes, piece by piece; raises ``CannotOpen`` where one cannot be opened."""
    return file_parts.opened(file)


def of_messages(ids: Iterable[UUID]) -> dict[UUID, list[File]]:
    """The files of each of these messages that has some, oldest first."""
    found: dict[UUID, list[File]] = defaultdict(list)
    for file in File.objects.filter(message_id__in=list(ids)):
        found[file.message_id].append(file)
    return dict(found)


def of_conversation(conversation: Conversation) -> QuerySet[File]:
    """All that were sent in it, oldest first."""
    return File.objects.filter(
        conversation=conversation, owner_id=conversation.owner_id
    )


def passages(file: File) -> QuerySet[Passage]:
    """Its passages in reading order."""
    return Passage.objects.filter(file=file, owner_id=file.owner_id)


def bytes_of(owner: UUID) -> int:
    """What all files of a person take, sent or not."""
    return File.objects.filter(owner_id=owner).aggregate(all=Sum("size"))["all"] or 0


def attach(
    message: Message, conversation: Conversation, owner: UUID, ids: Sequence[UUID]
) -> list[File]:
    """Send these files with a stored ``message``. Call it in its transaction.

    Only the person's own that were not sent yet; others raise ``NoSuchFile``, and more
    than ``MOST_ATTACHED`` raise ``TooManyFiles``.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_ATTACHED:
        raise TooManyFiles
    if not wanted:
        return []
    unsent = File.objects.filter(owner_id=owner, id__in=wanted, message=None)
    if unsent.update(message=message, conversation=conversation) != len(wanted):
        raise NoSuchFile
    by_id = File.objects.filter(owner_id=owner).in_bulk(wanted)
    sent = [by_id[each] for each in wanted]
    file_versions.number(sent, conversation.id)
    File.objects.bulk_update(sent, ["version", "replaces"])
    if not conversation.temporary:
        _index(sent, conversation)
    return sent


def remove(by: UUID, file_id: UUID) -> None:
    """Take back a file that was not sent yet; raises ``NotFound``."""
    unsent = File.objects.filter(owner_id=by, id=file_id, message=None)
    with transaction.atomic():
        if not unsent.delete()[0]:
            raise access.NotFound


def purge_unsent(now: datetime | None = None) -> int:
    """Delete some files that nobody sent within a day. Returns how many; 0: no more."""
    before = (now or timezone.now()) - UNSENT_KEPT
    old = File.objects.filter(message=None, created__lt=before)
    old = old.exclude(owner_id__in=held_people()).order_by("created")
    found = list(old.values_list("id", flat=True)[:PURGED_AT_ONCE])
    with transaction.atomic():  # one may be sent at this very moment
        File.objects.filter(id__in=found, message=None).delete()
    return len(found)


def _index(sent: list[File], conversation: Conversation) -> None:
    """What was read before it was sent can be found from now on: the first passages at
    once, a long file's rest when the upkeep finds that it is missing.
    """
    rows = Passage.objects.filter(file__in=sent).select_related("file")
    first = list(rows.order_by("number")[:INDEXED_AT_ONCE])
    if first:
        indexing.put_passages(first, conversation.id)
