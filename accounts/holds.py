"""Legal holds: while one lasts, nothing of a person's expires or is erased."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import record
from accounts.audit.recording import pseudonym
from accounts.models import DataRequest, LegalHold, User

WAITS = "A legal hold keeps what there is of this person."  # why an erasure does


class HoldExists(Exception):
    """There is one for this person and case already."""


def is_held(user_id: UUID) -> bool:
    return LegalHold.objects.filter(person_id=user_id, lifted=None).exists()


def held_people() -> QuerySet[LegalHold, UUID]:
    """The ids of everybody whose data must stay."""
    return LegalHold.objects.filter(lifted=None).values_list("person_id", flat=True)


def place(person: User, reference: str, *, by: User | None) -> LegalHold:
    """Keep what there is of this person; ``reference`` names the case, never why.
    Raises ``HoldExists``.
    """
    try:
        with transaction.atomic():
            hold = LegalHold.objects.create(
                person=person,
                reference=reference,
                placed_by=pseudonym(by.pk) if by else None,
            )
            record("accounts.hold_placed", actor=by, subject=person, hold=hold.id)
    except IntegrityError as problem:
        raise HoldExists from problem
    return hold


def lift(hold_id: UUID, *, by: User | None) -> bool:
    """False when it was lifted before. What is overdue goes with the next sweep, an
    erasure that waited goes on with the last hold.
    """
    with transaction.atomic():
        stands = LegalHold.objects.filter(id=hold_id, lifted=None)
        if not stands.update(lifted=timezone.now()):
            return False
        person = LegalHold.objects.select_related("person").get(id=hold_id).person
        record("accounts.hold_lifted", actor=by, subject=person, hold=hold_id)
        if not is_held(person.pk):
            _let_erasure_go_on(person.pk)
    return True


def _let_erasure_go_on(user_id: UUID) -> None:
    """Not one that waits for a change of mind."""
    status = DataRequest.Status
    waits = DataRequest.objects.filter(
        kind=DataRequest.Kind.ERASE,
        person_id_was=user_id,
        status=status.WAITING,
        problem=WAITS,
    )
    waits.update(status=status.QUEUED, not_before=None, problem="")
