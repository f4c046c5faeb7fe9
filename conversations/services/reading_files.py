"""Reading files into passages: who reads which, and what is kept of it as it goes.

Each step is a compare-and-set on the file's row, which names its reader and carries a
heartbeat; so several processes may read, and the files of a dead one are taken over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chatsite.lib.crypto import CannotOpen
from conversations.core.blocks import Block
from conversations.core.passages import Cut, Cutter
from conversations.core.tokens import count
from conversations.extraction.found import End, Event, Progress
from conversations.models import File, Passage
from conversations.services import file_parts, indexing, redacting

STALE = timedelta(seconds=10)  # five missed heartbeats
AT_ONCE = 50  # passages of one transaction
LOOKED_AT = 5  # files another reader may take before this one does
CANNOT_OPEN = "It cannot be decrypted."
BROKE = "It could not be read."


def claim(reader: UUID, now: datetime | None = None) -> Reading | None:
    """Begin with the file that waits longest, or that its reader left; None: there is
    none. What somebody began to read is read again from its beginning.
    """
    now = now or timezone.now()
    left = Q(status=File.Status.READING, heartbeat__lt=now - STALE)
    due = File.objects.filter(Q(status=File.Status.WAITING) | left)
    for file in due.order_by("created", "id")[:LOOKED_AT]:
        same = File.objects.filter(id=file.id, status=file.status, reader=file.reader)
        with transaction.atomic():
            if same.filter(heartbeat=file.heartbeat).update(
                status=File.Status.READING,
                reader=reader,
                heartbeat=now,
                done=0,
                tokens=0,
                problem="",
            ):
                Passage.objects.filter(file=file, owner_id=file.owner_id).delete()
                return Reading(file, reader)
    return None


def are_read_elsewhere() -> bool:
    """Whether a reader has begun with a file. Ask when there is none to claim."""
    return File.objects.filter(status=File.Status.READING).exists()


class Reading:
    """One file, read by one reader. ``is_over`` once it ended or was taken away."""

    def __init__(self, file: File, reader: UUID) -> None:
        self.file, self.reader = file, reader
        self.is_over = False
        self._cutter = Cutter(count)
        self._cuts: list[Cut] = []
        self._number = self._tokens = self._done = 0
        self._redacted: Counter[str] = Counter()
        self._pages: int | None = None

    def data(self) -> bytes | None:
        """The file; None when it cannot be opened, and then it is over."""
        try:
            return b"".join(file_parts.opened(self.file))
        except CannotOpen:
            self.fail(CANNOT_OPEN)
            return None

    def take(self, events: Iterable[Event]) -> None:
        """Keep what was read since, and let the heart beat, if nothing was."""
        end = None
        for event in events:
            if isinstance(event, Block):
                self._cuts += self._cutter.add(event)
            elif isinstance(event, Progress):
                self._done = max(self._done, min(event.done, 99))
                self._pages = event.pages or self._pages
            elif isinstance(event, End):
                end = event
        if end is not None and end.failed:
            return self.fail(end.problem)
        if end is not None:
            self._cuts += self._cutter.end()
        while len(self._cuts) > AT_ONCE and not self.is_over:
            self._keep(self._cuts[:AT_ONCE], None)
            del self._cuts[:AT_ONCE]
        if not self.is_over:
            self._keep(self._cuts, end)
            self._cuts.clear()
            if end is not None:
                self._index_rest()

    @transaction.atomic
    def begin_again(self) -> None:
        """As if nothing of it had been read."""
        self._cutter, self._number, self._tokens = Cutter(count), 0, 0
        self._redacted.clear()
        self._cuts.clear()
        if self._set(tokens=0):
            self._passages().delete()

    @transaction.atomic
    def fail(self, problem: str) -> None:
        """Nothing of it is kept; the person is told why."""
        self.is_over = True
        if self._set(status=File.Status.FAILED, done=100, tokens=0, problem=problem):
            self._passages().delete()

    @transaction.atomic
    def _keep(self, cuts: list[Cut], end: End | None) -> None:
        self._tokens += sum(cut.tokens for cut in cuts)
        noted = redacting.noted(self.file.owner_id, *(cut.text for cut in cuts))
        self._redacted.update(noted or {})
        now: dict[str, object] = {
            "done": self._done,
            "tokens": self._tokens,
            "pages": self._pages,
            "redacted": dict(self._redacted) or None,
        }
        if end is not None:
            now |= {"status": File.Status.READY, "done": 100, "problem": end.problem}
            self.is_over = True
        if not self._set(**now):
            self.is_over = True  # another reader has it, or it is gone
            return
        passages = [self._passage(cut) for cut in cuts]
        Passage.objects.bulk_create(passages)
        self._index(passages)

    def _set(self, **values: object) -> int:
        mine = File.objects.filter(
            id=self.file.id, status=File.Status.READING, reader=self.reader
        )
        return mine.update(heartbeat=timezone.now(), **values)

    def _passages(self) -> QuerySet[Passage]:
        return Passage.objects.filter(file=self.file, owner_id=self.file.owner_id)

    def _passage(self, cut: Cut) -> Passage:
        self._number += 1
        return Passage(
            file=self.file,
            owner_id=self.file.owner_id,
            number=self._number,
            page=cut.page,
            body=cut.text,
            tokens=cut.tokens,
        )

    def _index(self, passages: list[Passage]) -> None:
        """What was sent can be found; ``files.attach`` sees to what is sent later."""
        if passages and (conversation := self._sent_in()):
            indexing.put_passages(passages, conversation)

    def _index_rest(self) -> None:
        """What was read before the file was sent, while it was read."""
        conversation = self._sent_in()
        while conversation is not None:
            with transaction.atomic():
                rest = self._passages().filter(entry=None).order_by("number")
                if not (found := list(rest.select_related("file")[:AT_ONCE])):
                    return
                indexing.put_passages(found, conversation)

    def _sent_in(self) -> UUID | None:
        """The conversation whose index it belongs to; None as long as it has none."""
        sent = File.objects.filter(id=self.file.id, conversation__temporary=False)
        return sent.values_list("conversation_id", flat=True).first()
