"""Exports and erasures as requests: asked for, carried out piece by piece, proven.

Whoever works on one holds it by a heartbeat; a process that dies leaves it to the next,
which goes on where it stopped. What the work is stands in ``WORK``.
"""

from __future__ import annotations

import uuid
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import erasure, exporting
from accounts.audit import record
from accounts.audit.recording import pseudonym
from accounts.holds import is_held
from accounts.models import DataRequest, TakenOver, User
from accounts.policies import policy
from chatsite.lib.notices import mail_after_commit

DUE = timedelta(days=30)
STALE = timedelta(seconds=20)  # a worker's heart that stopped for so long
ATTEMPTS = 5  # without a step forward, then somebody must look at it

Kind, Status, Origin = DataRequest.Kind, DataRequest.Status, DataRequest.Origin
# one bounded piece of the work on a claimed request; True while there is more
WORK: Mapping[str, Callable[[DataRequest], bool]] = {
    Kind.EXPORT: exporting.advance,
    Kind.ERASE: erasure.advance,
}
ASKED: Mapping[str, str] = {
    Kind.EXPORT: "accounts.export_asked",
    Kind.ERASE: "accounts.erasure_asked",
}
# a piece of these is a step forward, whoever dies after it; others begin again
RESUMED = (Kind.ERASE,)


# what somebody hears by mail when it is asked for, by whom
TOLD: Mapping[tuple[Any, Any], tuple[str, str]] = {
    (Kind.EXPORT, Origin.ADMIN): (
        "A copy of your data was asked for",
        "An administrator asked for a copy of everything that is kept about you.\n"
        "Recent activity, in your settings, says when it was made and downloaded.",
    ),
    (Kind.ERASE, Origin.ADMIN): (
        "Your account is being erased",
        "An administrator asked for your account to be erased, with everything in it.",
    ),
    (Kind.ERASE, Origin.PERSON): (
        "Your account will be erased",
        "You asked for your account to be erased, with everything in it. Until that is"
        " done you can keep it: Settings, Privacy.\n\n"
        "If it was not you, sign in, keep your account, and change your password.",
    ),
}


def due(asked: datetime) -> datetime:
    """GDPR article 12(3): within one month, which February makes shorter than ours."""
    following = asked.replace(day=1) + timedelta(days=31)
    last = monthrange(following.year, following.month)[1]
    return min(asked + DUE, following.replace(day=min(asked.day, last)))


class OnHold(Exception):
    """A legal hold keeps what there is of this person."""


def ask(
    kind: str,
    person: User,
    *,
    by: User | None,
    origin: str,
    grace: bool = False,
) -> DataRequest:
    """A new request, or the one of this kind that is open. ``grace``: the person can
    change their mind for ``erasure_grace_days``. Raises ``OnHold`` for an erasure.
    """
    if kind == Kind.ERASE and is_held(person.pk):
        raise OnHold
    now = timezone.now()
    wait = timedelta(days=policy("erasure_grace_days") if grace else 0)
    fields: dict[str, Any] = {
        "origin": origin,
        "person": person,
        "pseudonym": pseudonym(person.pk),
        "asked_by": pseudonym(by.pk) if by else None,
        "due": due(now),
        "status": Status.WAITING if wait else Status.QUEUED,
        "not_before": now + wait if wait else None,
    }
    try:
        with transaction.atomic():
            request = DataRequest.objects.create(
                kind=kind, person_id_was=person.pk, **fields
            )
            if kind == Kind.ERASE:
                User.objects.filter(pk=person.pk).update(erased_from=request.not_before)
            if told := TOLD.get((kind, origin)):
                mail_after_commit(person.email, *told)
            record(ASKED[kind], actor=by, subject=person, by=origin)
    except IntegrityError:  # one is open already
        return open_request(kind, person.pk).get()
    return request


def answered(archive: exporting.Archive, started: datetime) -> DataRequest:
    """An export that the command line made at once, for the record."""
    person = archive.person
    now = timezone.now()
    return DataRequest.objects.create(
        kind=Kind.EXPORT,
        origin=Origin.COMMAND,
        person=person,
        person_id_was=person.pk,
        pseudonym=pseudonym(person.pk),
        status=Status.DONE,
        due=due(now),
        created=started,
        started=started,
        finished=now,
        downloaded=now,
        counts=archive.counts,
        done=archive.total,
        total=archive.total,
        size=archive.size,
    )


def cancel(request_id: UUID, *, by: User | None) -> bool:
    """Take back what has not begun; False when it is too late."""
    with transaction.atomic():
        waits = DataRequest.objects.filter(
            id=request_id, status__in=[Status.WAITING, Status.QUEUED], started=None
        )
        if not waits.update(status=Status.CANCELLED, finished=timezone.now()):
            return False
        request = DataRequest.objects.get(id=request_id)
        if request.kind == Kind.ERASE:
            User.objects.filter(pk=request.person_id).update(erased_from=None)
            record("accounts.erasure_cancelled", actor=by, subject=request.person)
    return True


def retry(request_id: UUID, *, by: User | None) -> bool:
    """Let one that failed go on where it stopped; False when it did not fail, or there
    is another of its kind by now.
    """
    failed = DataRequest.objects.filter(id=request_id, status=Status.FAILED)
    again: dict[str, Any] = {"attempts": 0, "runner": None, "finished": None}
    try:
        with transaction.atomic():
            if not failed.update(status=Status.QUEUED, problem="", **again):
                return False
            about = DataRequest.objects.get(id=request_id)
            record("accounts.request_retried", actor=by, subject=about)
    except IntegrityError:
        return False
    return True


def open_request(kind: str, user_id: UUID) -> QuerySet[DataRequest]:
    return DataRequest.objects.filter(
        kind=kind, person_id_was=user_id, status__in=DataRequest.OPEN
    )


# --- carrying them out
class Worker:
    """Takes the next request and does a piece of it; ``advance`` until it is False."""

    def __init__(self, runner: UUID | None = None) -> None:
        self.id = runner or uuid.uuid4()

    def advance(self) -> bool:
        request = self._claim()
        if request is None:
            return False
        self.carry_on(request)
        return True

    def carry_on(self, request: DataRequest) -> bool:
        """A piece of a claimed request; False when it is over. What goes wrong is kept
        with the request, and tried again a few times, each a while after the other.
        """
        try:
            more = WORK[request.kind](request)
            if more:
                beat(request)
        except TakenOver:
            return False
        except Exception as problem:
            self._failed(request, problem)
            raise
        if not more:
            self._mine(request).update(
                status=Status.DONE, finished=timezone.now(), runner=None, problem=""
            )
        return more

    def _claim(self) -> DataRequest | None:
        """By compare-and-set: its own first, then what nobody lives to work on. Most
        of the time there is nothing, and that costs two looks.
        """
        now = timezone.now()
        mine = DataRequest.objects.filter(status=Status.RUNNING, runner=self.id)
        if request := mine.first():
            return request
        over = DataRequest.objects.filter(status=Status.WAITING, not_before__lte=now)
        dead = Q(status=Status.RUNNING, heartbeat__lt=now - STALE)
        free = Q(status=Status.QUEUED) | dead | Q(pk__in=over)
        request = DataRequest.objects.filter(free).order_by("due", "id").first()
        return request if request and self.claim(request, now) else None

    def claim(self, request: DataRequest, now: datetime | None = None) -> bool:
        """Whether this worker has it from now on. One that died on it counts as a try
        that failed: what kills whoever works on it must end some time.
        """
        now = now or timezone.now()
        same = DataRequest.objects.filter(
            id=request.id,
            runner=request.runner,
            status=request.status,
            heartbeat=request.heartbeat,
        )
        if request.runner and request.attempts + 1 >= ATTEMPTS:
            self._give_up(same, request)
            return False
        claimed = same.update(
            runner=self.id,
            heartbeat=now,
            status=Status.RUNNING,
            started=request.started or now,
            attempts=request.attempts + bool(request.runner),
        )
        if claimed:
            request.refresh_from_db()
        return bool(claimed)

    def _failed(self, request: DataRequest, problem: Exception) -> None:
        """What a library says may hold what somebody wrote: only its kind stays."""
        same = self._mine(request)
        same.update(problem=type(problem).__name__)
        if request.attempts + 1 >= ATTEMPTS:
            self._give_up(same, request)
        else:  # whoever finds it with a heart that stopped
            same.update(
                attempts=F("attempts") + 1, heartbeat=timezone.now(), runner=None
            )

    def _give_up(self, same: QuerySet[DataRequest], request: DataRequest) -> None:
        with transaction.atomic():
            over = {"status": Status.FAILED, "finished": timezone.now()}
            if same.update(**over, runner=None, attempts=ATTEMPTS):
                record("accounts.request_failed", subject=request)

    def _mine(self, request: DataRequest) -> QuerySet[DataRequest]:
        return DataRequest.objects.filter(
            id=request.id, runner=self.id, status=Status.RUNNING
        )


def beat(request: DataRequest) -> None:
    """It lives, and is so far: ``step``, ``done`` and ``total`` as they are set. Raises
    ``TakenOver``.
    """
    told = ["step", "done", "total"]
    if request.kind in RESUMED:
        request.attempts = 0
        told.append("attempts")
    request.hold_on(*told)
