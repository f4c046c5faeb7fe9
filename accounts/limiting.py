"""Refusing who asks too often, before anything is done for them.

A view that does more than a page says so with ``counted``; those of allauth are named
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import limits, throttling

Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

NOBODY = "0.0.0.0"  # noqa: S104 - whoever hides their address shares one
UNLIMITED = ("/livez", "/readyz", "/metrics")
# pages of allauth that do, when they are sent, what is counted under the name
SENT = {
    "account_signup": "sign_ups",
    "account_reset_password": "mails",
    "account_email": "mails",
    "account_email_verification_sent": "mails",
}


def counted(name: str) -> Callable[[View], View]:
    """What a view does is counted under this name of ``limits.LIMITS``."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
            if wait := limits.spend(name, _who(request, name)):
                return refusal(request, wait)
            return view(request, *args, **given)

        return answer

    return decorate


def limited(get_response: Handler) -> Handler:
    """Synchronous on purpose, as ``accounts.middleware`` is."""

    def respond(request: HttpRequest) -> HttpResponse:
        if settings.RATE_LIMITS and not _is_free(request.path):
            for name in _names(request):
                if wait := limits.spend(name, _who(request, name)):
                    return refusal(request, wait)
        response = get_response(request)
        if wait := throttling.wait_of(request):  # its form says so, and keeps the rest
            response.status_code = 429
            response.headers["Retry-After"] = str(wait)
        if response.status_code == 429:  # allauth's, which does not say how long
            response.headers.setdefault("Retry-After", "60")
        return response

    return respond


def refusal(request: HttpRequest, wait: int) -> HttpResponse:
    """A page, or what the scripts of a page read."""
    if "X-Fragment" in request.headers or not _wants_page(request):
        said = {
            "code": "rate_limited",
            "message": f"Too many requests. Try again in {_words(wait)}.",
            "retry_after": wait,
        }
        response: HttpResponse = JsonResponse(said, status=429)
    else:
        known = getattr(request, "_cached_user", None)  # nobody is looked up for this
        told = {"wait": _words(wait), "user": known}
        response = render(request, "429.html", told, status=429)
    response["Retry-After"] = str(wait)
    response["Cache-Control"] = "no-store"
    return response


def network_of(request: HttpRequest) -> str:
    """By the one function that limits, sessions and the audit log all use."""
    try:
        return limits.network(get_adapter().get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied, ValueError):
        return limits.network(NOBODY)


# --- helpers
def _names(request: HttpRequest) -> Iterator[str]:
    """Who a request is from is looked up only when their network may ask."""
    yield "requests"
    if request.user.is_authenticated:
        yield "pages"
    if request.method == "POST" and (name := _sent().get(request.path)):
        yield name


@cache
def _sent() -> dict[str, str]:
    return {reverse(page): name for page, name in SENT.items()}


def _who(request: HttpRequest, name: str) -> object:
    if limits.LIMITS[name].each == limits.PERSON and request.user.is_authenticated:
        return request.user.pk
    return network_of(request)


def _is_free(path: str) -> bool:
    return path in UNLIMITED or path.startswith(settings.STATIC_URL)


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "text/html")


def _words(wait: int) -> str:
    if wait < 90:
        return "a second" if wait == 1 else f"{wait} seconds"
    minutes = -(-wait // 60)
    return f"{minutes} minutes"
