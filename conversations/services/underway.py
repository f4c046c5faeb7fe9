"""What takes a while and is done for a person, and how far each of it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.urls import reverse

from accounts.models import DataRequest
from conversations.models import File, Turn
from conversations.services import memory_progress, privacy

AT_MOST = 20  # of each sort
READING = (File.Status.WAITING, File.Status.READING)
_KINDS = {DataRequest.Kind.EXPORT: "Your data", DataRequest.Kind.ERASE: "Erasure"}
_IN_WORDS = {"waiting": "queued", "reading": "running"}  # where others say it so


@dataclass(frozen=True, slots=True)
class Task:
    """``status`` is ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``;
    ``there`` is the page about it. Of some it is not known how much there is to do.
    """

    what: str
    name: str
    status: str
    since: datetime | None
    there: str
    done: int = 0
    of: int = 0

    @property
    def is_live(self) -> bool:
        return self.status in ("queued", "running")


def tasks_of(owner: UUID) -> list[Task]:
    """What is being done now, and then what was asked for earlier."""
    found = chain(_replies(owner), _files(owner), _memory(owner), _requests(owner))
    return sorted(found, key=lambda task: not task.is_live)


def _replies(owner: UUID) -> Iterator[Task]:
    live = Turn.objects.filter(owner_id=owner, status__in=Turn.LIVE)
    for turn in live.select_related("conversation").defer("receipt")[:AT_MOST]:
        there = reverse("conversation", args=[turn.conversation_id])
        talk = turn.conversation
        yield Task("Reply", talk.title, turn.status, turn.created, there)


def _files(owner: UUID) -> Iterator[Task]:
    for file in File.objects.filter(owner_id=owner, status__in=READING)[:AT_MOST]:
        status = _IN_WORDS[file.status]
        there = reverse("file", args=[file.id])
        yield Task(
            "Reading a file", file.name, status, file.created, there, file.done, 100
        )


def _memory(owner: UUID) -> Iterator[Task]:
    for each in memory_progress.making(owner):
        there = reverse("facts")
        yield Task("Memory", each.what, "running", None, there, each.done, each.of)


def _requests(owner: UUID) -> Iterator[Task]:
    for asked in privacy.requests_of(owner)[:AT_MOST]:
        there = reverse("privacy")
        if asked.kind == DataRequest.Kind.EXPORT:
            there = reverse("data_export", args=[asked.id])
        status = _IN_WORDS.get(asked.status, asked.status)
        what = _KINDS[DataRequest.Kind(asked.kind)]
        progress = (asked.done, asked.total)
        yield Task(what, "", status, asked.created, there, *progress)
