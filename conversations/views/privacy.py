"""What is kept about a person; taking it along, and having it erased."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import data_requests, exporting
from accounts.limiting import counted
from accounts.models import DataRequest, User
from accounts.policies import policy
from accounts.recently import proven_first
from chatsite.lib.streaming import Parts
from conversations.services import privacy as service
from conversations.views.answers import bad_request, page
from conversations.views.doors import signed_in
from conversations.views.files import INERT
from conversations.views.uploads import wake_upkeep

Kind = DataRequest.Kind
SHOWN = 20  # requests a page
NOT_YOURS = "Type the email address of this account to erase it."
NOT_ASKED = "An administrator asked for it. Only they can take it back."
TOO_LATE = "It is too late: the erasure has begun."


@require_safe
@signed_in
def privacy(request: HttpRequest) -> HttpResponse:
    """With ``?page=``, older requests."""
    number = request.GET.get("page", "1")
    if not (number.isdecimal() and len(number) < 5 and int(number)):
        return bad_request(request)
    first = (int(number) - 1) * SHOWN
    found = list(service.requests_of(request.user.pk)[first : first + SHOWN + 1])
    context = {
        "kept": service.kept(request.user.pk) if first == 0 else None,
        "requests": found[:SHOWN],
        "older": int(number) + 1 if len(found) > SHOWN else None,
        "export": service.export_of(request.user.pk),
    }
    return page(request, "accounts/privacy.html", context)


@require_POST
@signed_in
@reauthentication_required
@counted("data_requests")
def ask_for_export(request: HttpRequest) -> HttpResponse:
    made = data_requests.ask(
        Kind.EXPORT, request.user, by=request.user, origin=DataRequest.Origin.PERSON
    )
    wake_upkeep()
    return redirect("data_export", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@proven_first(lambda person: True)
def data_export(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    """How far it is, and the way to download it; posted to, the download."""
    if request.method == "POST":
        return _download(request, request_id)
    return _export_page(request, request_id)


@require_POST
@signed_in
def cancel_export(request: HttpRequest, request_id: UUID) -> HttpResponse:
    found = service.request_of(request.user.pk, request_id, Kind.EXPORT)
    if data_requests.cancel(found.pk, by=request.user):
        messages.success(request, "Cancelled.")
    return redirect("privacy")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@proven_first(lambda person: True)
def erase_account(request: HttpRequest) -> HttpResponse:
    person: User = request.user
    context: dict[str, Any] = {
        "is_held": data_requests.is_held(person.pk),
        "days": policy("erasure_grace_days"),
        "waits": service.open_erasure(person.pk),
    }
    if request.method == "POST" and not context["is_held"]:
        if request.POST.get("email", "").strip().lower() == person.email:
            return _ask_for_erasure(request)
        context["problem"] = NOT_YOURS
    status = 400 if "problem" in context else 200
    return page(request, "accounts/erase_account.html", context, status=status)


@require_POST
@signed_in
def keep_account(request: HttpRequest) -> HttpResponse:
    """They changed their mind about what they asked for. It needs no password."""
    waits = service.open_erasure(request.user.pk)
    if waits and waits.origin != DataRequest.Origin.PERSON:
        messages.error(request, NOT_ASKED)
    elif waits is None or not data_requests.cancel(waits.pk, by=request.user):
        messages.error(request, TOO_LATE if waits else "No erasure is waiting.")
    else:
        messages.success(request, "Your account stays.")
    return redirect("privacy")


def _ask_for_erasure(request: HttpRequest) -> HttpResponse:
    try:
        data_requests.ask(
            Kind.ERASE,
            request.user,
            by=request.user,
            origin=DataRequest.Origin.PERSON,
            grace=True,
        )
    except data_requests.OnHold:  # placed a moment ago
        return redirect("erase_account")
    wake_upkeep()
    return redirect("privacy")


def _export_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    found = service.request_of(request.user.pk, request_id, Kind.EXPORT)
    step = found.step.replace("_", " ")
    context = {"export": found, "state": service.state(found), "step": step}
    return page(request, "accounts/data_export.html", context)


@counted("downloads")
def _download(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    service.request_of(request.user.pk, request_id, Kind.EXPORT)  # here only one's own
    try:
        made = exporting.download(request_id, by=request.user)
    except exporting.NoSuchExport:
        response = _export_page(request, request_id)
        response.status_code = 410
        return response
    response = Parts(made.pieces, content_type="application/zip")
    for name, value in INERT.items():
        response[name] = value
    response["Content-Disposition"] = content_disposition_header(True, made.name)
    response["Content-Length"] = str(made.size)
    return response
