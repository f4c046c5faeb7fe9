"""The shapes in which views answer: a page, its inside, or where to go next."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

WHOLE, INSIDE = "base.html", "conversations/fragment.html"


def asked_for(request: HttpRequest) -> str:
    """The fragment that is wanted; "" for a whole page."""
    return request.headers.get("X-Fragment", "")


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page, or the inside of its ``main`` when that is what is asked for."""
    layout = INSIDE if asked_for(request) == "main" else WHOLE
    return render(request, template, {"layout": layout, **context}, status=status)


def bad_request(request: HttpRequest) -> HttpResponse:
    return page(request, "400.html", {}, status=400)


def back(request: HttpRequest, *, gone: str = "") -> HttpResponseRedirect:
    """To where the form came from, on this site; home, if that is the page ``gone``."""
    to = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        to, {request.get_host()}, require_https=request.is_secure()
    )
    if not ours or (gone and to.startswith(gone)):
        to = "/"
    return HttpResponseRedirect(to)
