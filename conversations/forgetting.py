"""What conversations do when a person is erased: end what runs, forget what is held."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts import keyring, personal_data
from accounts.models import ErasedPerson
from conversations.index.vector_memory import memory
from conversations.models import Turn, cold_copy
from conversations.services import extents, originals

LATELY = timedelta(minutes=15)  # longer than anything is held in memory
ALIVE = timedelta(seconds=3)  # since a runner's heart beat
PATIENCE = timedelta(seconds=10)  # with a runner that lives and does not stop
INDEX = "conversations_indexentry_fts"
PAGES = 500  # of the index that are written at once


def register() -> None:
    personal_data.before_erasure(stop_replies)
    personal_data.after_erasure(merge_index)
    personal_data.after_erasure(forget)


def stop_replies(user_id: UUID) -> bool:
    """Ask each process that writes a reply to stop, by its column; whether one still
    does. What waits does not begin.
    """
    now, status = timezone.now(), Turn.Status
    turns = Turn.objects.filter(conversation__owner_id=user_id)
    turns.filter(status=status.QUEUED).update(status=status.STOPPED, finished=now)
    running = turns.filter(status=status.RUNNING)
    running.filter(stop_requested=None).update(stop_requested=now, stop_seen=0)
    stopping = running.filter(heartbeat__gt=now - ALIVE)
    return stopping.filter(stop_requested__gt=now - PATIENCE).exists()


def merge_index(user_id: UUID) -> bool:
    """Let the index let go of the words it was told to forget, a piece at a time;
    whether there is more. What PostgreSQL has, VACUUM clears.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT total_changes()")
        before = cursor.fetchone()[0]
        # negative: all of the index, not only what is worth it; it goes on where it was
        cursor.execute(
            f"INSERT INTO {INDEX} ({INDEX}, rank) VALUES ('merge', %s)",  # noqa: S608
            [-PAGES],
        )
        cursor.execute("SELECT total_changes()")
        return bool(cursor.fetchone()[0] - before >= 2)


def forget_erased() -> None:
    """In every process: the list says whom another one erased."""
    lately = timezone.now() - LATELY
    erased = ErasedPerson.objects.filter(erased__gt=lately)
    for user_id in erased.values_list("user_id", flat=True):
        keyring.forget(user_id)
        forget(user_id)


def forget(user_id: UUID) -> None:
    """What this process holds of them in memory."""
    memory.forget_person(user_id)
    extents.forget(user_id)
    originals.forget(user_id)
    cold_copy.forget()
