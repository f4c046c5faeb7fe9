"""What was done with a person's account, by them and to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.audit.activity import latest
from conversations.services import reading_by_staff
from conversations.views.answers import back, bad_request, page
from conversations.views.doors import signed_in

EVENTS = 50  # a page
READINGS = 20
MOST = 100_000  # readings
GREATEST = 2**63 - 1  # that a database counts to


@require_safe
@signed_in
def activity(request: HttpRequest) -> HttpResponse:
    """The latest events, or with ``?before=`` those before that one; and who read what
    they said, ``?readings=`` from so many on.
    """
    before = None
    if "before" in request.GET:
        before = _number(request.GET["before"])
        if before is None:
            return bad_request(request)
    skip = _number(request.GET.get("readings", "0"))
    if skip is None or skip > MOST:
        return bad_request(request)
    told = reading_by_staff.readings_of(request.user.pk)
    readings = list(told[skip : skip + READINGS + 1])
    events = latest(request.user.pk, before=before, at_most=EVENTS + 1)
    context = {
        "events": events[:EVENTS],
        "earlier": events[EVENTS - 1].seq if len(events) > EVENTS else None,
        "readings": readings[:READINGS],
        "more_readings": skip + READINGS if len(readings) > READINGS else None,
    }
    return page(request, "accounts/activity.html", context)


@require_POST
@signed_in
def readings_seen(request: HttpRequest) -> HttpResponse:
    """The notice goes; the list of readings stays."""
    reading_by_staff.mark_seen(request.user.pk)
    return back(request)


def _number(given: str) -> int | None:
    plain = given.isascii() and given.isdigit() and len(given) < 20
    return int(given) if plain and int(given) <= GREATEST else None
