"""The one download of an export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify

from accounts.audit import record
from accounts.exporting import parts
from accounts.models import DataRequest, ExportPart, User

PURGED_AT_ONCE = 32  # parts


class NoSuchExport(Exception):
    """There is none to download: as far as this person may know."""


@dataclass(frozen=True, slots=True)
class Download:
    name: str
    size: int
    pieces: Iterator[bytes]


def ready(request_id: UUID, *, by: User) -> DataRequest:
    """An export that waits for its download: the person's own, or for staff who may
    export anybody's. Raises ``NoSuchExport``.
    """
    found = waiting().filter(pk=request_id).first()
    if found is None or not (found.person_id == by.pk or by.has_perm("privacy.export")):
        raise NoSuchExport
    return found


def download(request_id: UUID, *, by: User) -> Download:
    """Each begun download is in the audit log. The export is used up, and gone, when
    its last piece is asked for, so a line that breaks before that costs nothing.
    """
    request = ready(request_id, by=by)
    record(
        "accounts.export_downloaded",
        actor=by,
        subject=request.person,
        export=request.pk,
    )
    return Download(name(request.created), request.size, _used_up(request))


def name(moment: datetime) -> str:
    site = slugify(settings.SITE_NAME) or "site"
    return f"{site}-export-{timezone.localtime(moment):%Y-%m-%d}.zip"


def waiting() -> QuerySet[DataRequest]:
    """What was made, and was neither downloaded nor kept long enough."""
    return DataRequest.objects.filter(
        kind=DataRequest.Kind.EXPORT,
        status=DataRequest.Status.DONE,
        downloaded=None,
        expires__gt=timezone.now(),
    )


def purge() -> bool:
    """Drop some parts that nobody can download any more; whether there were any."""
    over = ExportPart.objects.exclude(request__status__in=DataRequest.OPEN).exclude(
        request__in=waiting()
    )
    found = list(over.values_list("pk", flat=True)[:PURGED_AT_ONCE])
    ExportPart.objects.filter(pk__in=found).delete()
    return bool(found)


def _used_up(request: DataRequest) -> Iterator[bytes]:
    got = 0
    for piece in parts.opened(request):
        got += len(piece)
        if got >= request.size:
            _use(request)
        yield piece


def _use(request: DataRequest) -> None:
    """Of two downloads at once, one gets the end of it."""
    with transaction.atomic():
        if not waiting().filter(pk=request.pk).update(downloaded=timezone.now()):
            raise NoSuchExport
        parts.drop(request.pk)
