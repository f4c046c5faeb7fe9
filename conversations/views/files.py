"""A person's files: their page, their passages, their content."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.limiting import counted
from chatsite.lib.crypto import CannotOpen
from chatsite.lib.streaming import Parts
from conversations.models import File
from conversations.services import file_versions, files
from conversations.services.access import NotFound
from conversations.views.answers import asked_for, back, bad_request, page
from conversations.views.doors import signed_in

SHOWN = 20  # passages a page
RASTER = ("image/png", "image/jpeg", "image/webp", "image/gif")
KINDS = {"pdf": "PDF", "csv": "Table", "docx": "Word document"}
CANNOT_OPEN = "This file cannot be decrypted."
# whatever is in a file, a browser that is made to open it does nothing with it
INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@require_safe
@signed_in
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """With ``?after=``, the passages after that number."""
    it = files.get(request.user.pk, file_id)
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 9:
        return bad_request(request)
    shown = list(files.passages(it).filter(number__gt=int(after))[: SHOWN + 1])
    context = {
        "file": it,
        "kind": KINDS.get(it.kind, it.get_kind_display()),
        "is_waiting": it.status in (File.Status.WAITING, File.Status.READING),
        "newer": file_versions.newer_than(it),
        "versions": file_versions.versions_of(it),
        "passages": shown[:SHOWN],
        "is_first": int(after) == 0,
        "after": shown[SHOWN - 1].number if len(shown) > SHOWN else None,
    }
    return page(request, "conversations/file.html", context)


@require_safe
@signed_in
def passage(request: HttpRequest, file_id: UUID, number: int) -> HttpResponse:
    """One passage between its neighbours: what a citation opens."""
    it = files.get(request.user.pk, file_id)
    near = files.passages(it).filter(number__gte=number - 1, number__lte=number + 1)
    by_number = {each.number: each for each in near}
    if number not in by_number:
        raise NotFound
    context = {
        "file": it,
        "newer": file_versions.newer_than(it),
        "before": by_number.get(number - 1),
        "passage": by_number[number],
        "following": by_number.get(number + 1),
    }
    return page(request, "conversations/passage.html", context)


@require_safe
@signed_in
def status(request: HttpRequest, file_id: UUID) -> HttpResponse:
    standing = files.status(request.user.pk, file_id)
    return JsonResponse(
        {
            "status": standing.status,
            "done": standing.done,
            "problem": standing.problem,
        }
    )


@require_safe
@signed_in
@counted("downloads")
def content(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """To be saved, never shown."""
    return _sent(files.get(request.user.pk, file_id), attached=True)


@require_safe
@signed_in
def image(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """To be shown: only what was made anew from pixels."""
    it = files.get(request.user.pk, file_id)
    if it.kind != File.Kind.IMAGE or it.media_type not in RASTER:
        raise NotFound
    return _sent(it, attached=False)


@require_POST
@signed_in
def remove(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Before it was sent; then it stays with its message."""
    files.remove(request.user.pk, file_id)
    if asked_for(request) == "none":
        return HttpResponse(status=204)
    messages.success(request, "Removed.")
    return back(request, gone=f"/files/{file_id}/")


def _sent(it: File, *, attached: bool) -> HttpResponse:
    parts = files.content(it)
    try:
        parts = _from_first(parts)
    except CannotOpen:
        return HttpResponse(CANNOT_OPEN, status=410, content_type="text/plain")
    response = Parts(parts, content_type=it.media_type)
    for name, value in INERT.items():
        response[name] = value
    response["Content-Disposition"] = content_disposition_header(attached, it.name)
    response["Content-Length"] = str(it.size)
    return response


def _from_first(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same, with its first part opened now, while that can still be told."""
    return chain([next(parts, b"")], parts)
