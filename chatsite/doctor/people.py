"""People, their keys, what is kept about them by law."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts import keyring
from accounts.audit import checkpoints, rules
from accounts.audit.verifying import verify
from accounts.models import AuditEvent, DataKey, DataRequest, User
from chatsite.doctor.findings import Finding, bad, fine, odd

BATCH = 5_000
LONG_LOG = 50_000  # events; more take longer than a look may


def administrators() -> Iterator[Finding]:
    count = User.objects.filter(is_active=True, role="administrator").count()
    if not count:
        advice = "Use the link that serve prints, or manage.py createuser --admin."
        yield odd("There is no administrator.", advice)
    else:
        yield fine(f"{_people(count)} can administer the site.")


def data_keys() -> Iterator[Finding]:
    """Every person has one, and the master keys open it."""
    total, missing, closed = 0, 0, 0
    for user_ids in _in_batches():
        total += len(user_ids)
        wrapped = dict(
            DataKey.objects.filter(user_id__in=user_ids).values_list(
                "user_id", "wrapped"
            )
        )
        missing += len(user_ids) - len(wrapped)
        closed += sum(not keyring.opens(bytes(each)) for each in wrapped.values())
    if missing:
        advice = "Restore the database of the keys: without it they cannot be read."
        yield bad(f"{_people(missing)} have no data key.", advice)
    if closed:
        advice = "Put the master key back that wrapped them (MASTER_KEYS)."
        yield bad(f"The keys of {_people(closed)} do not open.", advice)
    if not missing and not closed:
        yield fine(f"{_people(total)}: every key is there and opens.")


def audit_log() -> Iterator[Finding]:
    if gone := rules.missing():
        advice = "Restore a backup, or make the triggers of migration 0004 again."
        yield bad(f"The log can be changed: {', '.join(gone)} is missing.", advice)
    events = AuditEvent.objects.count()
    if events > LONG_LOG:
        advice = "manage.py verifyaudit takes longer, and goes through all of it."
        yield odd(f"{events:,} events were not verified here.", advice)
        return
    signed = checkpoints.read(checkpoints.path()) if checkpoints.path().exists() else ()
    report = verify(signed)
    if report.found:
        advice = "manage.py verifyaudit tells all of it. Keep a copy of the database."
        yield bad(report.findings[0], advice)
    else:
        yield fine(f"{report.events:,} events: the chain is whole.")


def data_requests() -> Iterator[Finding]:
    now = timezone.now()
    open_ones = DataRequest.objects.filter(status__in=DataRequest.OPEN)
    failed = DataRequest.objects.filter(status=DataRequest.Status.FAILED).count()
    late = open_ones.filter(due__lt=now).count()
    ready = Q(not_before=None) | Q(not_before__lte=now)
    waiting = open_ones.filter(ready, created__lt=now - timedelta(hours=1))
    if late:
        advice = "Article 12(3) of the GDPR gives one month. See the administration."
        yield bad(f"{late:,} are overdue.", advice)
    if failed:
        yield bad(f"{failed:,} could not be carried out.", "See the administration.")
    if waiting.exists() and not late:
        advice = "A server or manage.py worker has to run for them to be carried out."
        yield odd(f"{waiting.count():,} have waited for more than an hour.", advice)
    if not (late or failed or waiting.exists()):
        yield fine(f"{open_ones.count():,} are open, none is late.")


def _in_batches() -> Iterator[list[UUID]]:
    after: UUID | None = None
    while True:
        people = User.objects.order_by("id").values_list("id", flat=True)
        batch = list((people.filter(id__gt=after) if after else people)[:BATCH])
        if not batch:
            return
        yield batch
        after = batch[-1]


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
