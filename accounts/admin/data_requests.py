"""Exports and erasures in the administration: which there are, and how each does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, F, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import data_requests, erasure, personal_data
from accounts.erasure import certificates
from accounts.exporting.downloading import waiting
from accounts.holds import held_people, is_held
from accounts.models import DataRequest, Pseudonym
from chatsite.lib.console import answer, page_of

SHOWN = 50  # requests a page
TITLE = "Exports and erasures"
Kind, Status = DataRequest.Kind, DataRequest.Status
# what can be looked for, by the word in the address
STATES: Mapping[str, str] = {
    "open": "Open",
    "overdue": "Overdue",
    Status.DONE: "Done",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Cancelled",
}


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What is open, the next due first; then what is over, the latest first."""
    now = timezone.now()
    kind = _one_of(request.GET.get("kind", ""), Kind.values)
    state = _one_of(request.GET.get("state", ""), STATES)
    found = page_of(_in_order(_chosen(kind, state, now)), request, SHOWN)
    sees_people = request.user.has_perm("accounts.view_user")
    name_rows(found.rows, now, sees_people)
    return answer(
        request,
        "data_requests",
        TITLE,
        page=found,
        kinds=Kind.choices,
        states=STATES.items(),
        kind=kind,
        state=state,
        may_export=request.user.has_perm("privacy.export"),
        may_erase=request.user.has_perm("privacy.erase"),
    )


@require_safe
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    it = _found(request_id)
    now = timezone.now()
    name_rows([it], now, request.user.has_perm("accounts.view_user"))
    begun = it.started is not None
    theirs = it.person_id if it.status in DataRequest.OPEN and not begun else None
    changes = request.user.has_perm("accounts.change_datarequest")
    return answer(
        request,
        "data_request",
        f"{it.get_kind_display()} {str(it.pk)[:8]}",
        it=it,
        is_open=it.status in DataRequest.OPEN,
        counts=rows_told(personal_data.counts(theirs) if theirs else it.counts),
        is_held=bool(it.person_id) and is_held(it.person_id),
        is_ready=it.kind == Kind.EXPORT and waiting().filter(pk=it.pk).exists(),
        proof=_proof(it),
        may_cancel=changes and not begun and it.status in DataRequest.OPEN,
        may_retry=changes and it.status == Status.FAILED,
        may_download=request.user.has_perm("privacy.export"),
    )


@require_safe
def progress(request: HttpRequest, request_id: UUID) -> JsonResponse:
    """For the script of its page."""
    it = _found(request_id)
    told = {"step": _now(it), "done": it.done, "total": it.total or 1}
    return JsonResponse(told | {"state": f"{it.status} {it.started is None}"})


@require_POST
def cancel(request: HttpRequest, request_id: UUID) -> HttpResponse:
    _found(request_id)
    if data_requests.cancel(request_id, by=request.user):
        messages.success(request, "Cancelled.")
    else:
        messages.error(request, "It is too late to cancel it.")
    return redirect("admin:data_request", request_id)


@require_POST
def retry(request: HttpRequest, request_id: UUID) -> HttpResponse:
    _found(request_id)
    if data_requests.retry(request_id, by=request.user):
        messages.success(request, "It is tried again.")
    else:
        messages.error(request, "There is a newer one, or it did not fail.")
    return redirect("admin:data_request", request_id)


@require_safe
def certificate(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """To read and to print."""
    return HttpResponse(certificates.page(_certificate(request_id)))


@require_safe
def certificate_file(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What ``manage.py verifycertificate`` reads."""
    text = json.dumps(_certificate(request_id), indent=2) + "\n"
    response = HttpResponse(text, content_type="application/json")
    name = certificates.name_of(request_id)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def rows_told(counts: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Each kind that there is something of: label, rows, why an erasure keeps it."""
    return [
        (kind.label, counts[kind.name], kind.kept)
        for kind in reversed(personal_data.kinds())
        if counts.get(kind.name)
    ]


# --- helpers
def _one_of(told: str, known: Iterable[str]) -> str:
    return told if told in known else ""


def _found(request_id: UUID) -> DataRequest:
    rows = DataRequest.objects.select_related("person")
    return get_object_or_404(rows, pk=request_id)


def _certificate(request_id: UUID) -> dict[str, Any]:
    if (found := _found(request_id).certificate) is None:
        raise Http404
    return found


def _chosen(kind: str, state: str, now: datetime) -> QuerySet[DataRequest]:
    rows = DataRequest.objects.filter(kind=kind) if kind else DataRequest.objects.all()
    if state in ("open", "overdue"):
        rows = rows.filter(status__in=DataRequest.OPEN)
        return rows.filter(due__lt=now) if state == "overdue" else rows
    return rows.filter(status=state) if state else rows


def _in_order(rows: QuerySet[DataRequest]) -> QuerySet[DataRequest]:
    rows = rows.annotate(
        until=Case(When(status__in=DataRequest.OPEN, then=F("due"))),
    )
    rows = rows.order_by(F("until").asc(nulls_last=True), "-created", "-id")
    return rows.select_related("person").defer("certificate", "counts", "notes")


def name_rows(rows: list[DataRequest], now: datetime, sees_people: bool) -> None:
    """Who each is about and who asked, for whoever may see people; two queries."""
    asked = {row.asked_by for row in rows if row.asked_by}
    known: dict[UUID, str] = {}
    if sees_people and asked:
        names = Pseudonym.objects.filter(id__in=asked)
        known = dict(names.values_list("id", "user__email"))
    held = set(held_people())
    for row in rows:
        row.about = row.person if sees_people else None
        row.asker = known.get(row.asked_by, row.asked_by)
        row.is_overdue = row.status in DataRequest.OPEN and row.due < now
        row.on_hold = row.kind == Kind.ERASE and row.person_id in held
        row.now = _now(row)


def _now(it: DataRequest) -> str:
    """What is being done; of an erasure also the how manieth step that is."""
    steps = erasure.step_names() if it.kind == Kind.ERASE else []
    words = it.step.replace("_", " ")
    if it.step in steps:
        return f"{words} (step {steps.index(it.step) + 1} of {len(steps)})"
    return words


def _proof(it: DataRequest) -> dict[str, Any] | None:
    """The certificate, and whether to believe it."""
    if it.certificate is None:
        return None
    before = it.certificate["rows"]["before"]
    after = it.certificate["rows"]["after"]
    return {
        "certificate": it.certificate,
        "verdict": certificates.verify(it.certificate),
        "rows": sum(before.values()),
        "left": sum(after.values()),
    }
