"""What a person's models cost: by month, and of the budget."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from conversations.services import spending
from conversations.views.answers import bad_request, page
from conversations.views.doors import signed_in

MONTHS = 12  # a page


@require_safe
@signed_in
def usage(request: HttpRequest) -> HttpResponse:
    """The latest months, or with ``?before=`` those before that day."""
    by, before = request.user.pk, None
    if "before" in request.GET:
        try:
            before = parse_date(request.GET["before"])
        except ValueError:
            before = None
        if before is None:
            return bad_request(request)
    months = spending.months(by, before=before, at_most=MONTHS + 1)
    context = {
        "standing": spending.standing(by),
        "months": months[:MONTHS],
        "earlier": months[MONTHS - 1].month if len(months) > MONTHS else None,
    }
    return page(request, "conversations/usage.html", context)
