"""Making an export that was asked for, a fraction of a second at a time.

How far a zip is cannot be stored, so it is made by one process from its beginning to
its end. When that process dies, another drops its parts and begins again; nobody can
download anything before it is whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.exporting import parts
from accounts.exporting.archive import Archive
from accounts.models import DataRequest, TakenOver
from accounts.personal_data import before_erasure
from accounts.policies import policy

PIECE = 0.2  # seconds of work until others have their turn


@dataclass
class _Making:
    """An export that this process is about to make."""

    request_id: UUID
    archive: Archive
    pieces: Iterator[bytes]
    unsaved: bytearray = field(default_factory=bytearray)
    parts: int = 0


_making: dict[UUID | None, _Making] = {}  # by the worker that has claimed it


def advance(request: DataRequest) -> bool:
    """A piece of a claimed export; False when it can be downloaded. Raises
    ``TakenOver`` when this worker was taken for dead.
    """
    making = _making.get(request.runner)
    if making is None or making.request_id != request.pk:
        making = _making[request.runner] = _begin(request)
    try:
        more = _carry_on(request, making)
    except BaseException:
        del _making[request.runner]  # half of a generator is of no use
        raise
    if not more:
        del _making[request.runner]
    return more


@before_erasure
def stop(user_id: UUID) -> None:
    """Nothing is exported any more of somebody who is erased."""
    DataRequest.objects.filter(
        kind=DataRequest.Kind.EXPORT,
        person_id_was=user_id,
        status__in=DataRequest.OPEN,
    ).update(status=DataRequest.Status.CANCELLED, finished=timezone.now(), runner=None)


def _begin(request: DataRequest) -> _Making:
    parts.drop(request.pk)  # of one who did not finish
    if request.person is None:
        raise TakenOver
    archive = Archive(request.person)
    request.counts, request.total, request.done = archive.counts, archive.total, 0
    request.save(update_fields=["counts", "total", "done"])
    return _Making(request.pk, archive, archive.pieces())


def _carry_on(request: DataRequest, making: _Making) -> bool:
    until = time.monotonic() + PIECE
    for piece in making.pieces:
        making.unsaved += piece
        if len(making.unsaved) >= parts.PART:
            _save(request, making)
        if time.monotonic() >= until:
            request.step = making.archive.step
            request.done = min(making.archive.rows, request.total)
            return True
    _finish(request, making)
    return False


def _save(request: DataRequest, making: _Making) -> None:
    with transaction.atomic():
        request.hold_on()
        while making.unsaved:
            making.parts += 1
            parts.store(request, making.parts, bytes(making.unsaved[: parts.PART]))
            del making.unsaved[: parts.PART]


def _finish(request: DataRequest, making: _Making) -> None:
    now = timezone.now()
    with transaction.atomic():
        _save(request, making)
        request.size = making.archive.size
        request.expires = now + timedelta(hours=policy("export_hours"))
        request.step, request.done = "", request.total
        request.save(update_fields=["size", "expires", "step", "done"])
        record(
            "accounts.export_made",
            subject=request.person,
            export=request.pk,
            rows=making.archive.rows,
            size=making.archive.size,
        )
