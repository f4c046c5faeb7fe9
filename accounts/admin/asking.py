"""Asking for somebody's export or erasure: who, what it would be, and then for good."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST

from accounts import data_requests, exporting
from accounts.admin.data_requests import rows_told
from accounts.holds import is_held
from accounts.models import DataRequest, User
from accounts.personal_data import counts
from accounts.recently import proven_first
from accounts.roles import is_last_administrator
from accounts.services.roles import Refused
from chatsite.lib.console import answer
from chatsite.lib.streaming import Parts

Kind = DataRequest.Kind
PERMISSIONS = {Kind.EXPORT: "privacy.export", Kind.ERASE: "privacy.erase"}
HELD = "A legal hold keeps what there is of this person. Lift it first."
# opened from here, it would have this site's rights
INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """From somebody's address to the page that asks. Posted: addresses of pages are
    kept in logs.
    """
    kind = request.POST.get("kind", "")
    if kind not in Kind.values:
        raise BadRequest
    if not request.user.has_perm(PERMISSIONS[Kind(kind)]):
        raise PermissionDenied
    email = request.POST.get("email", "").strip().lower()
    person = User.objects.filter(email=email).first()
    if person is None:
        messages.error(request, "Nobody here has this email address.")
        return redirect("admin:data_requests")
    name = "person_ask_export" if kind == Kind.EXPORT else "person_ask_erasure"
    return redirect(f"admin:{name}", person.pk)


def export(request: HttpRequest, person: User) -> HttpResponse:
    if request.method == "POST":
        return _ask(request, person, Kind.EXPORT)
    title = f"Export everything about {person.email}"
    return answer(
        request, "ask_export", title, person=person, counts=rows_told(counts(person.pk))
    )


def erase(request: HttpRequest, person: User) -> HttpResponse:
    """Their address has to be typed: a click can go astray. Raises ``Refused``."""
    if person.pk == request.user.pk:
        raise Refused("Delete your own account in your settings.")
    if is_last_administrator(person.pk):
        raise Refused("The site would be left without an administrator.")
    held = is_held(person.pk)
    if request.method == "POST" and held:
        raise Refused(HELD)
    if request.POST.get("email", "").strip().lower() == person.email:
        return _ask(request, person, Kind.ERASE)
    return answer(
        request,
        "ask_erasure",
        f"Erase {person.email}",
        person=person,
        counts=rows_told(counts(person.pk)),
        is_held=held,
        wrong=request.method == "POST",
    )


@require_http_methods(["GET", "POST"])
@proven_first(lambda person: True)
def download(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    """Once. Whoever comes here by an address is shown the button."""
    if request.method == "GET":
        return redirect("admin:data_request", request_id)
    try:
        made = exporting.download(request_id, by=request.user)
    except exporting.NoSuchExport:
        messages.error(request, "There is nothing to download any more.")
        return redirect("admin:data_request", request_id)
    response = Parts(made.pieces, content_type="application/zip")
    for name, value in INERT.items():
        response[name] = value
    response["Content-Disposition"] = content_disposition_header(True, made.name)
    response["Content-Length"] = str(made.size)
    return response


def _ask(request: HttpRequest, person: User, kind: Kind) -> HttpResponse:
    try:
        made = data_requests.ask(
            kind, person, by=request.user, origin=DataRequest.Origin.ADMIN
        )
    except data_requests.OnHold:
        raise Refused(HELD) from None
    return redirect("admin:data_request", made.pk)
