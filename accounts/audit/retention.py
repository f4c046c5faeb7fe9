"""Letting the oldest events go, and nothing but the oldest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import keys
from accounts.audit.chain import stamp
from accounts.audit.recording import record
from accounts.models import AuditAnchor, AuditEvent

KIND = "anchor"


@transaction.atomic
def trim(before: datetime) -> int:
    """Delete the events up to the first that is not older; how many there were.

    A signed anchor takes their place: without it neither the database lets them go nor
    does the rest verify. The event about it is the log's last, so it never is empty.
    """
    old = AuditEvent.objects.all()
    if kept := old.filter(time__gte=before).order_by("seq").first():
        old = old.filter(seq__lt=kept.seq)
    last = old.order_by("-seq").first()
    if last is None:
        return 0
    record("accounts.audit_trimmed", through=last.seq)
    told = {"seq": last.seq, "head": last.hash, "time": timezone.now()}
    signature = keys.sign(KIND, _statement(told))
    AuditAnchor.objects.create(**told, signature=signature)
    count, _ = AuditEvent.objects.filter(seq__lte=last.seq).delete()
    return count


def is_good(anchor: AuditAnchor) -> bool:
    told = {"seq": anchor.seq, "head": anchor.head, "time": anchor.time}
    return keys.is_signed(KIND, _statement(told), anchor.signature)


def _statement(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"time": stamp(told["time"])}
