"""How events are chained: a keyed hash over a row and the hash of the one before."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

from accounts.audit.keys import canonical
from accounts.models import AuditEvent

GENESIS = "0" * 64  # before the first event


def digest(key: bytes, event: AuditEvent) -> str:
    """Of everything in the row but its hash."""
    told = [
        event.seq,
        stamp(event.time),
        event.action,
        str(event.actor or ""),
        event.subject_kind,
        event.subject_id,
        event.ip,
        str(event.request_id or ""),
        event.details,
        event.prev,
    ]
    return hmac.digest(key, canonical(told), "sha256").hex()


def stamp(moment: datetime) -> str:
    """As both databases give it back: UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
