"""What the model saw for a reply: as a page, as the inside of a panel, as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.limiting import counted
from conversations.services import access
from conversations.services import receipts as service
from conversations.services.exact_prompts import CannotRebuild
from conversations.views.answers import asked_for, page
from conversations.views.doors import signed_in

GONE = (
    "Something that was sent is not there any more, so the exact prompt cannot be put"
    " together again."
)


@require_safe
@signed_in
def receipt(
    request: HttpRequest, conversation_id: UUID, message_id: UUID
) -> HttpResponse:
    by = request.user.pk
    conversation = access.conversation(by, conversation_id)
    _of(by, conversation_id, message_id)
    context = {
        "conversation": conversation,
        "message_id": message_id,
        "seen": service.of(by, message_id),
    }
    if asked_for(request) == "panel":
        return render(request, "conversations/_inspector.html", context)
    return page(request, "conversations/receipt.html", context)


@require_safe
@signed_in
@counted("downloads")
def exact_prompt(
    request: HttpRequest, conversation_id: UUID, message_id: UUID
) -> HttpResponse:
    by = request.user.pk
    _of(by, conversation_id, message_id)
    try:
        prompt = service.exact_prompt(by, message_id)
    except CannotRebuild:
        return HttpResponse(GONE, status=409, content_type="text/plain; charset=utf-8")
    response = HttpResponse(prompt, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="prompt-{message_id}.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _of(by: UUID, conversation_id: UUID, message_id: UUID) -> None:
    if access.message(by, message_id).conversation_id != conversation_id:
        raise access.NotFound
