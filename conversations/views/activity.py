"""What was done with a person's account, by them and to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.audit.activity import latest
from conversations.views.answers import bad_request, page
from conversations.views.doors import signed_in

EVENTS = 50  # a page
GREATEST = 2**63 - 1  # that a database counts to


@require_safe
@signed_in
def activity(request: HttpRequest) -> HttpResponse:
    """The latest events, or with ``?before=`` those before that one."""
    before = None
    if "before" in request.GET:
        before = _number(request.GET["before"])
        if before is None:
            return bad_request(request)
    events = latest(request.user.pk, before=before, at_most=EVENTS + 1)
    context = {
        "events": events[:EVENTS],
        "earlier": events[EVENTS - 1].seq if len(events) > EVENTS else None,
    }
    return page(request, "accounts/activity.html", context)


def _number(given: str) -> int | None:
    plain = given.isascii() and given.isdigit() and len(given) < 20
    return int(given) if plain and int(given) <= GREATEST else None
