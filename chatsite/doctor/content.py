"""What people said, and what was made of it. Nothing of it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from chatsite.doctor.findings import Finding, bad, fine, odd
from chatsite.lib.fields import Unreadable
from conversations.models import Conversation, File, Message, Turn
from conversations.services import indexing
from conversations.services.takeover import STALE

SAMPLE = 500  # of the newest and the oldest of a kind: a damaged disk spares few
LONG = timedelta(minutes=10)


def sealed_text() -> Iterator[Finding]:
    """A sample opens: the keys are those that sealed it."""
    closed = looked = 0
    for model, name in ((Conversation, "title"), (Message, "body")):
        rows = model.objects.only("pk", "owner_id", name)
        for order in ("id", "-id"):
            for row in rows.order_by(order)[:SAMPLE]:
                looked += 1
                closed += isinstance(getattr(row, name), Unreadable)
    if closed:
        said = f"{closed:,} of {looked:,} texts looked at do not open."
        yield bad(said, "Look at the data keys above; else restore a backup.")
    else:
        yield fine(f"{looked:,} texts looked at, every one opens.")


def search_index() -> Iterator[Finding]:
    missing = indexing.Missing().count()
    if missing:
        said = f"{missing:,} messages, titles or passages cannot be found yet."
        yield odd(said, "The server indexes them, or manage.py reindex does now.")
    else:
        yield fine("Everything that can be found is indexed.")


def replies() -> Iterator[Finding]:
    """Turns that nobody runs: a server would have taken them over long ago."""
    now = timezone.now()
    running = Turn.objects.filter(status=Turn.Status.RUNNING)
    left = running.filter(heartbeat__lt=now - STALE - LONG).count()
    waiting = Turn.objects.filter(status=Turn.Status.QUEUED, created__lt=now - LONG)
    if left or waiting.exists():
        said = f"{left + waiting.count():,} replies wait for a server."
        yield odd(said, "They go on as soon as one runs.")
    else:
        yield fine(f"{running.count():,} are being written, none is forgotten.")


def files() -> Iterator[Finding]:
    now = timezone.now()
    unread = File.objects.filter(
        status__in=[File.Status.WAITING, File.Status.READING], created__lt=now - LONG
    ).count()
    failed = File.objects.filter(status=File.Status.FAILED).count()
    if unread:
        advice = "They are read as soon as a server runs."
        yield odd(f"{unread:,} have not been read yet.", advice)
    else:
        yield fine(f"All are read; {failed:,} could not be.")
