"""What somebody does to the log who has the database's files, and so no triggers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.audit.chain import digest
from accounts.models import AuditAnchor, AuditEvent
from tests.audit_log import row

MANY = 7
HASHED = {"seq", "hash", "prev"}
AWAY = 1_000  # further than any number in these tests


def edits_what(seq: int) -> None:
    row(seq).update(action="accounts.password_reset")


def edits_who(seq: int) -> None:
    row(seq).update(actor=uuid.uuid4())


def edits_when(seq: int) -> None:
    row(seq).update(time=F("time") + timedelta(microseconds=1))


def edits_the_details(seq: int) -> None:
    row(seq).update(details={"n": -1})


def edits_and_hashes_again(seq: int) -> None:
    """Without the key, and so with one of their own."""
    event = row(seq).get()
    event.subject_id = "somebody else"
    _write_on(event)


def deletes(seq: int) -> None:
    row(seq).delete()


def deletes_and_closes_the_gap(seq: int) -> None:
    row(seq).delete()
    _move(AuditEvent.objects.filter(seq__gt=seq), -1)


def swaps(seq: int) -> None:
    """With a neighbour: all but the numbers and what chains them."""
    other = seq - 1 if seq == MANY else seq + 1
    names = {field.name for field in AuditEvent._meta.fields} - HASHED
    mine, theirs = (row(each).values(*names).get() for each in (seq, other))
    row(seq).update(**theirs)
    row(other).update(**mine)


def puts_one_in(seq: int) -> None:
    """A copy of the event, in its place; what follows moves on."""
    made = row(seq).get()
    _move(AuditEvent.objects.filter(seq__gte=seq), 1)
    made.save(force_insert=True)


def cuts_off_the_end(seq: int) -> None:
    AuditEvent.objects.filter(seq__gte=seq).delete()


def cuts_off_the_beginning(seq: int) -> None:
    """With an anchor that they cannot sign."""
    event = row(seq).get()
    AuditAnchor.objects.create(
        seq=seq, head=event.hash, time=timezone.now(), signature="ab" * 64
    )
    AuditEvent.objects.filter(seq__lte=seq).delete()


def writes_all_anew(seq: int) -> None:
    """From here on, chained rightly, under a key of their own."""
    event = row(seq).get()
    event.ip = "198.51.100.0/24"
    _write_on(event)
    for after in AuditEvent.objects.filter(seq__gt=seq):
        after.prev = row(after.seq - 1).get().hash
        _write_on(after)


def _write_on(event: AuditEvent) -> None:
    event.hash = digest(b"a key of their own", event)
    event.save()


def _move(rows: Any, by: int) -> None:
    for seq in list(rows.values_list("seq", flat=True)):  # by way of free numbers
        row(seq).update(seq=seq + AWAY)
    AuditEvent.objects.filter(seq__gt=AWAY).update(seq=F("seq") - AWAY + by)


ATTACKS = [
    edits_what,
    edits_who,
    edits_when,
    edits_the_details,
    edits_and_hashes_again,
    deletes,
    deletes_and_closes_the_gap,
    swaps,
    puts_one_in,
    cuts_off_the_end,
    cuts_off_the_beginning,
    writes_all_anew,
]
