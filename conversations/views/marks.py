"""Marks on one message: it goes with every turn, or with none."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from conversations.services import access, marking
from conversations.views import notify
from conversations.views.answers import asked_for, back
from conversations.views.doors import View, signed_in

FULL = (
    f"{marking.MOST_PINNED} messages of this conversation are pinned already, and each"
    " costs its tokens with every turn. Unpin one first."
)


def mark(do: Callable[..., object], told: str) -> View:
    """A view that sets one mark and goes back."""

    @require_POST
    @signed_in
    def view(
        request: HttpRequest, conversation_id: UUID, message_id: UUID
    ) -> HttpResponse:
        by, quiet = request.user.pk, asked_for(request) == "none"
        if access.message(by, message_id).conversation_id != conversation_id:
            raise access.NotFound
        try:
            do(by=by, message_id=message_id)
        except marking.TooManyPinned:
            if quiet:
                return HttpResponse(FULL, status=409, content_type="text/plain")
            messages.error(request, FULL)
            return back(request)
        notify.changed(by, conversation_id, branched=True)
        if quiet:
            return HttpResponse(status=204)
        messages.success(request, told)
        return back(request)

    return view


pin = mark(marking.pin, "Pinned: it goes with every turn from now on.")
unpin = mark(marking.unpin, "No longer pinned.")
exclude = mark(marking.exclude, "Left out of every turn from now on.")
include = mark(marking.include, "No longer left out.")
