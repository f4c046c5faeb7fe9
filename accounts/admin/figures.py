"""How things stand, in a few words, for the first page of the administration."""

from __future__ import annotations

from django.utils.timesince import timesince

from accounts.audit import verification
from accounts.models import DataRequest, LegalHold


def log() -> str:
    state = verification.state()
    if state is None:
        return "never verified"
    if not state.finished:
        return f"being verified: {state.percent} %"
    ago = timesince(state.finished, depth=1)
    if state.report.found:
        return f"NOT as it was written, seen {ago} ago"
    return f"whole, verified {ago} ago"


def requests() -> str:
    waiting = DataRequest.objects.filter(status__in=DataRequest.OPEN)
    count = waiting.count()
    first = waiting.order_by("due").values_list("due", flat=True).first()
    if first is None:
        return "none open"
    return f"{count:,} open, the next due on {first.day} {first:%B}"


def holds() -> str:
    count = LegalHold.objects.filter(lifted=None).count()
    return f"{count:,} in force" if count else "none in force"
