"""A conversation that is kept, sealed and bare; import when Django is ready.

Times are medians in milliseconds.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from benchmarks import filling, machine
from benchmarks.figures import median
from benchmarks.people import make_person
from chatsite.lib.ids import uuid7
from conversations.core.model_api import Usage
from conversations.core.turn import Outcome
from conversations.models import Conversation, Message, Turn
from conversations.services import history, messages, turns

RUNNER = uuid.uuid4()
LOADS = 15  # repetitions of a load


class Plain(models.Model):
    """The floor: what was said, in the clear, by Django and nobody else."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    conversation_id = models.UUIDField(db_index=True)
    parent_id = models.UUIDField(null=True)
    role = models.CharField(max_length=9)
    body = models.TextField()
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "benchmarks"

    def __str__(self) -> str:
        return str(self.id)


with connection.schema_editor() as _schema:
    _schema.create_model(Plain)


class Clock:
    """Milliseconds of each thing that was done, by its name."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    @contextmanager
    def measuring(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.spent.setdefault(name, []).append(1000 * (time.perf_counter() - began))

    def medians(self) -> dict[str, float]:
        return {name: median(spent) for name, spent in self.spent.items()}


def at_size(size: int, repeat: int) -> dict[str, float]:
    """Storing and loading at the end of a conversation of ``size`` messages."""
    person = make_person(f"keeper{size}")
    talk = filling.converse(person, "A talk", size)
    bare = fill_bare(size)
    clock = Clock()
    machine.until_calm()
    for number in range(repeat):
        store_turn(talk, number, clock)
        store_bare(bare, number, clock)
    talk.refresh_from_db()
    for _ in range(LOADS):
        load(clock, "last", lambda: history.branch(talk.id, talk.head_id, at_most=20))
        load(clock, "bare_last", lambda: bare_rows(bare).order_by("-id")[:20])
        load(clock, "all", lambda: sealed_rows(talk))
        load(clock, "bare_all", lambda: bare_rows(bare).order_by("id"))
    steps = ("post", "begin", "checkpoint", "settle")
    whole = [sum(each) for each in zip(*(clock.spent[s] for s in steps), strict=True)]
    return {"size": size, "turn": median(whole), **clock.medians()}


# --- one turn
def store_turn(talk: Conversation, number: int, clock: Clock) -> None:
    """A turn as the runner stores it, with one checkpoint."""
    text = filling.reply(number)
    with clock.measuring("post"):
        posted = messages.post(
            by=talk.owner_id,
            request_id=uuid.uuid4(),
            text=filling.question(number),
            conversation_id=talk.id,
        )
    with clock.measuring("begin"):
        briefing = turns.begin(posted.turn, runner=RUNNER)
    chunk = turns.Chunk(posted.turn, talk.owner_id, 0, text[:200])
    with clock.measuring("checkpoint"):
        turns.checkpoint([chunk], [posted.turn], runner=RUNNER)
    outcome = Outcome(text=text, html=filling.rendered(text), usage=Usage(1_000, 100))
    with clock.measuring("settle"):
        turns.settle(briefing, outcome, runner=RUNNER)


def store_bare(conversation: uuid.UUID, number: int, clock: Clock) -> None:
    with clock.measuring("bare_turn"), transaction.atomic():
        said = Plain.objects.create(
            conversation_id=conversation, role="user", body=filling.question(number)
        )
        Plain.objects.create(
            conversation_id=conversation,
            parent_id=said.id,
            role="assistant",
            body=filling.reply(number),
        )


# --- loading
def load(clock: Clock, name: str, rows: Callable[[], Any]) -> None:
    """Read rows and what was said in them."""
    with clock.measuring(name):
        [row.body for row in rows()]


def sealed_rows(talk: Conversation) -> Any:
    return talk.messages.defer("html").order_by("id")


def bare_rows(conversation: uuid.UUID) -> Any:
    return Plain.objects.filter(conversation_id=conversation)


def fill_bare(size: int) -> uuid.UUID:
    conversation = uuid.uuid4()
    Plain.objects.bulk_create(
        Plain(
            conversation_id=conversation,
            role="assistant" if number % 2 else "user",
            body=filling.reply(number // 2) if number % 2 else filling.question(number),
        )
        for number in range(size)
    )
    return conversation


# --- the disk
def disk(repeat: int) -> list[tuple[str, float, float]]:
    """(what, bytes a turn on disk, bytes of text a turn), sealed and bare.

    By the growth of the database's file, and by the length of single columns.
    """
    clock = Clock()
    talk = Conversation.objects.create(owner=make_person("disk"), title="A talk")
    bare = uuid.uuid4()
    text = sum(_bytes_of_turn(number) for number in range(repeat)) / repeat
    grown = []
    for store in (
        lambda number: store_turn(talk, number, clock),
        lambda number: store_bare(bare, number, clock),
    ):
        before = _file_bytes()
        for number in range(repeat):
            store(number)
        grown.append((_file_bytes() - before) / repeat)
    columns = _columns(talk)
    return [
        ("everything of a turn", grown[0], text),
        *((name, size / repeat, text) for name, size in columns.items()),
        ("bare Django rows", grown[1], text),
    ]


def _columns(talk: Conversation) -> dict[str, float]:
    said = Message.objects.filter(conversation=talk)
    rows = {
        "of which bodies": (said, "body"),
        "of which rendered replies": (said, "html"),
        "of which receipts": (Turn.objects.filter(conversation=talk), "receipt"),
    }
    return {
        name: sum(len(value) for value in found.values_list(column, flat=True))
        for name, (found, column) in rows.items()
    }


def _bytes_of_turn(number: int) -> int:
    return len((filling.question(number) + filling.reply(number)).encode())


def _file_bytes() -> int:
    """The size of the database with its log written back."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(settings.DATABASES["default"]["NAME"]).stat().st_size
