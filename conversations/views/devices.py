"""Where a person is signed in, and ending it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.models import User
from conversations.views.answers import bad_request, page
from conversations.views.doors import signed_in

DEVICES = 20  # a page
DIGITS = 6  # more devices nobody has


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def devices(request: HttpRequest) -> HttpResponse:
    """The devices in use, with ``?from=`` those after so many; or end what is posted:
    ``device``, or with ``all`` the ``others`` or ``every`` one.
    """
    if request.method == "POST":
        return _end(request)
    given = request.GET.get("from", "0")
    if not (given.isascii() and given.isdigit() and len(given) <= DIGITS):
        return bad_request(request)
    start = int(given)
    found = sessions.devices_of(
        request.user, request.session.session_key, start=start, at_most=DEVICES + 1
    )
    context = {
        "devices": found[:DEVICES],
        "further": start + DEVICES if len(found) > DEVICES else None,
        "start": start,
        "idle": settings.SESSION_IDLE_DAYS,
        "most": settings.SESSION_DAYS,
    }
    return page(request, "accounts/devices.html", context)


def _end(request: HttpRequest) -> HttpResponse:
    person, this = request.user, request.session.session_key
    match request.POST.get("all"):
        case "others":
            ended = sessions.end_others(person, this, by=person)
            told = "Signed out everywhere else." if ended else "There was no other."
        case "every":
            sessions.end_all(person, by=person)
            logout(request)
            return redirect("account_login")
        case None:
            told = _end_one(person, request.POST.get("device", ""))
        case _:
            return bad_request(request)
    messages.success(request, told)
    return redirect("devices")


def _end_one(person: User, given: str) -> str:
    """Somebody else's is not there, like one that is over already."""
    try:
        device = UUID(given)
    except ValueError:
        raise Http404 from None
    if not sessions.end_one(person, device, by=person):
        return "That device was signed out already."
    return "Signed out there."
