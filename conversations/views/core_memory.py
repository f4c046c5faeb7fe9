"""Core memory, on a page: both blocks to write in, and how they read before."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import core_memory as service
from accounts.models import CoreMemory
from chatsite.lib.fields import Unreadable
from conversations.services import preferences
from conversations.services.access import NotFound
from conversations.views.answers import asked_for, back, bad_request, page
from conversations.views.doors import signed_in
from conversations.views.origins import origins

CHANGED_SINCE = "This has changed meanwhile. Here is how it reads now."
EXPLAINED = {
    "assistant": "Tone, language, habits: “Answer briefly.” “Call me Maya.”",
    "person": "What should never be out of sight: “Writes a thesis on rye bread.”",
}


@dataclass(frozen=True, slots=True)
class Version:
    """``said``: the address of the reply that wrote it, "" when there is none."""

    row: CoreMemory
    said: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A block as the page has it: ``typed`` in place of what is stored, if refused."""

    label: str
    title: str
    help: str
    text: str
    version: int
    versions: tuple[Version, ...]
    problem: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def core(request: HttpRequest) -> HttpResponse:
    """Saving takes ``label``, ``text`` and ``version``, the one that was looked at."""
    by, refused = request.user.pk, {}
    if request.method == "POST":
        label = request.POST.get("label", "")
        if label not in service.LABELS:
            return bad_request(request)
        text = request.POST.get("text", "")
        try:
            onto = int(request.POST.get("version", ""))
            done = service.write(by, label, text, onto=onto)
        except service.BadMemory as problem:
            refused[label] = (text, str(problem))
        except ValueError:
            return bad_request(request)
        else:
            _tell(request, done)
            return redirect("core_memory")
    context = {
        "blocks": [_shown(by, label, *refused.get(label, ())) for label in _LABELS],
        "wishes": preferences.of(by),
        "longest": service.LONGEST,
    }
    status = 422 if refused else 200
    return page(request, "accounts/core_memory.html", context, status=status)


@require_POST
@signed_in
def restore(request: HttpRequest, version_id: UUID) -> HttpResponse:
    try:
        done = service.restore(request.user.pk, version_id)
    except service.NoSuchVersion:
        raise NotFound from None
    except service.BadMemory as problem:
        messages.error(request, str(problem))
    else:
        _tell(request, done)
    return redirect("core_memory")


@require_POST
@signed_in
def undo(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The version is gone once it is taken back, so a second time is no 404."""
    done = service.undo(request.user.pk, version_id)
    if asked_for(request) == "none":
        return HttpResponse(status=204 if done else 409)
    if not done:
        return _changed_since(request)
    messages.success(request, "Taken back.")
    return back(request) if "next" in request.POST else redirect("core_memory")


# --- helpers
_LABELS: tuple[service.Label, ...] = ("assistant", "person")


def _shown(by: UUID, label: service.Label, typed: str = "", problem: str = "") -> Shown:
    rows = service.versions(by, label)
    said = origins(by, rows)
    now = rows[0].text if rows else ""
    return Shown(
        label,
        CoreMemory.Label(label).label,
        EXPLAINED[label],
        # a form must not store the marker of what it cannot read
        typed if problem else "" if isinstance(now, Unreadable) else now,
        rows[0].version if rows else 0,
        tuple(Version(row, said.get(row.id, "")) for row in rows),
        problem,
    )


def _tell(request: HttpRequest, done: service.Written) -> None:
    undo_it = ""
    if done.changed and done.version is not None:
        undo_it = reverse("core_undo", args=[done.version.id])
    messages.success(request, "Saved.", extra_tags=undo_it)


def _changed_since(request: HttpRequest) -> HttpResponseRedirect:
    messages.info(request, CHANGED_SINCE)
    return redirect("core_memory")
