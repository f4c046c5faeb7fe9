"""Search as somebody types, and what all pages that search have in common."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import limits
from accounts.limiting import refusal
from conversations.core.queries import LONGEST
from conversations.core.results import Found
from conversations.services import listing, searching
from conversations.views.answers import asked_for, page
from conversations.views.doors import signed_in

RECENT = 8  # conversations that are offered before anything is typed


@require_safe
@signed_in
def search(request: HttpRequest) -> HttpResponse:
    """The latest hits, or, before anything is typed, the latest conversations."""
    if refused := impatient(request):
        return refused
    typed = request.GET.get("q", "")[:LONGEST]
    context = {"typed": typed, "everything": library_address(q=typed.strip())}
    if typed.strip():
        typing = request.GET.get("typing") == "1"
        context["found"] = found(request, typed, typing=typing)
    else:
        latest = listing.sidebar(request.user.pk)
        context["recent"] = [*latest.pinned, *latest.rows][:RECENT]
    if asked_for(request) == "results":
        return render(request, "conversations/_options.html", context)
    return page(request, "conversations/search.html", context)


def found(
    request: HttpRequest,
    typed: str,
    *,
    typing: bool = False,
    after: str = "",
    within: UUID | None = None,
    place: str = "",
) -> Found:
    """What the person who asks finds. Raises ``BadCursor``."""
    return searching.search(
        request.user.pk,
        typed,
        zone=timezone.get_current_timezone(),
        typing=typing,
        after=after,
        within=within,
        place=place,
    )


def library_address(**asked: str) -> str:
    """The library, with what is asked of it."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("library") + (f"?{query}" if query else "")


def impatient(request: HttpRequest) -> HttpResponse | None:
    """A refusal for who searches faster than anybody types."""
    wait = limits.spend("searches", request.user.pk)
    return refusal(request, wait) if wait else None
