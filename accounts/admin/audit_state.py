"""Verifying the log from the administration, and taking it along."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.audit import record, verification
from accounts.audit.actions import ACTIONS
from accounts.audit.chain import stamp
from accounts.models import AuditEvent

ROWS = 1_000  # read at a time
COLUMNS = (
    "seq",
    "time",
    "action",
    "actor",
    "subject_kind",
    "subject_id",
    "ip",
    "request_id",
    "details",
    "prev",
    "hash",
)


@require_POST
def verify_now(request: HttpRequest) -> HttpResponse:
    """A small log at once; a large one goes on in the background, from where it is."""
    verification.begin()
    if verification.go_on():
        messages.info(request, "The log is long: it is being verified, piece by piece.")
    return HttpResponseRedirect(reverse("admin:accounts_auditevent_changelist"))


@require_POST
def download(request: HttpRequest) -> StreamingHttpResponse:
    """What the log has, or a part of it, as a table; that it was taken is recorded."""
    events = _chosen(request)
    last = AuditEvent.objects.order_by("-seq").values_list("seq", flat=True).first()
    record("accounts.audit_downloaded", actor=request.user, request=request)
    rows = _rows(events.filter(seq__lte=last or 0))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    return response


def _chosen(request: HttpRequest) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.order_by("seq")
    if action := request.POST.get("action"):
        if action not in ACTIONS:
            raise BadRequest
        events = events.filter(action=action)
    for name, lookup in (("since", "time__date__gte"), ("until", "time__date__lte")):
        if given := request.POST.get(name):
            try:
                events = events.filter(**{lookup: date.fromisoformat(given)})
            except ValueError:
                raise BadRequest from None
    return events


class _Line:
    """What ``csv`` takes for a file: it hands back what is written."""

    def write(self, line: str) -> str:
        return line


def _rows(events: QuerySet[AuditEvent]) -> Iterator[str]:
    """By the number of the event, so that no reading stays open between two pieces."""
    table = csv.writer(_Line())
    yield table.writerow(COLUMNS)
    after: Any = 0
    while batch := list(events.filter(seq__gt=after).values_list(*COLUMNS)[:ROWS]):
        yield "".join(table.writerow(map(_cell, row)) for row in batch)
        after = batch[-1][0]


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value
