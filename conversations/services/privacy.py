"""A person's view of what is kept about them, and of what they asked for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts import personal_data, retention
from accounts.models import DataRequest, RetentionRule
from conversations.services.access import NotFound

Kind, Status = DataRequest.Kind, DataRequest.Status
AS_LONG_AS_YOU = "As long as your account"


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data: how much there is, what it is for, how long it stays."""

    label: str
    rows: int
    purpose: str
    how_long: str


def kept(user_id: UUID) -> list[Kept]:
    """What there is something of. A query for each kind, and one for the rules."""
    rules = retention.rules()
    counts = personal_data.counts(user_id)
    return [
        Kept(kind.label, counts[kind.name], kind.purpose, _how_long(kind, rules))
        for kind in reversed(personal_data.kinds())
        if counts[kind.name]
    ]


def requests_of(user_id: UUID) -> QuerySet[DataRequest]:
    """Exports and erasures, the latest first."""
    return DataRequest.objects.filter(person_id_was=user_id, person_id=user_id)


def request_of(user_id: UUID, request_id: UUID, kind: str) -> DataRequest:
    """Raises ``NotFound``."""
    found = requests_of(user_id).filter(pk=request_id, kind=kind).first()
    if found is None:
        raise NotFound
    return found


def export_of(user_id: UUID) -> DataRequest | None:
    """One that is being made, or waits for its download."""
    exports = requests_of(user_id).filter(kind=Kind.EXPORT)
    latest = exports.exclude(status=Status.CANCELLED).first()
    is_of_use = latest and state(latest) in ("making", "ready")
    return latest if is_of_use else None


def open_erasure(user_id: UUID) -> DataRequest | None:
    erasures = requests_of(user_id).filter(kind=Kind.ERASE)
    return erasures.filter(status__in=DataRequest.OPEN).first()


def state(export: DataRequest) -> str:
    """``making``, ``ready``, ``used``, ``expired``, ``failed`` or ``cancelled``."""
    if export.status in DataRequest.OPEN:
        return "making"
    if export.status != Status.DONE:
        return str(export.status)
    if export.downloaded:
        return "used"
    is_kept = export.expires is not None and export.expires > timezone.now()
    return "ready" if is_kept else "expired"


def _how_long(kind: personal_data.Kind, rules: dict[str, retention.Rule]) -> str:
    rule = rules.get(kind.retention)
    told = AS_LONG_AS_YOU
    if rule and rule.days is not None:
        unit = "day" if rule.days == 1 else "days"
        told = f"{rule.days} {unit} {RetentionRule.Mode(rule.mode).label}"
    return f"{told}; kept when it is erased. {kind.kept}" if kind.kept else told
