"""What would be sent now, before it is sent, and the choice of how."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from conversations import tools
from conversations.models import Conversation
from conversations.services import access, choices, conversation_settings, receipts
from conversations.services import previewing as service
from conversations.services.choices import BadChoice
from conversations.services.conversations import Refused
from conversations.views import notify
from conversations.views.answers import asked_for, bad_request, page
from conversations.views.doors import signed_in

LONGEST = 32 * 1024  # characters of a draft; no message can be longer


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_new(request: HttpRequest) -> HttpResponse:
    return _answer(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """``do=choose`` stores the choice; else it only looks."""
    conversation = access.conversation(request.user.pk, conversation_id)
    if request.POST.get("do") == "choose":
        return _choose(request, conversation)
    return _answer(request, conversation)


def _answer(request: HttpRequest, conversation: Conversation | None) -> HttpResponse:
    by, text = request.user.pk, request.POST.get("text", "")[:LONGEST]
    of = conversation.id if conversation else None
    try:
        if asked_for(request) == "gauge":
            return _gauge(request, conversation, text)
        seen = service.preview(
            by=by,
            conversation_id=of,
            text=text,
            model=request.POST.get("model", ""),
            strategy=request.POST.get("strategy", ""),
            offer=tools.offered,
        )
    except BadChoice:
        return bad_request(request)
    context = {
        "conversation": conversation,
        "seen": seen,
        "text": text,
        "models": choices.models(),
    }
    if asked_for(request) == "panel":
        return render(request, "conversations/_preview.html", context)
    return page(request, "conversations/preview.html", context)


def _gauge(
    request: HttpRequest, conversation: Conversation | None, text: str
) -> HttpResponse:
    if conversation is not None and not text:
        fill = receipts.fill_of(conversation)
    else:
        fill = service.next_fill(
            by=request.user.pk,
            conversation_id=conversation.id if conversation else None,
            text=text,
            offer=tools.offered,
        )
    context = {"gauge": fill, "it": conversation}
    return render(request, "conversations/_gauge.html", context)


def _choose(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    try:
        conversation_settings.set_choice(
            by=request.user.pk,
            conversation_id=conversation.id,
            model=request.POST.get("model"),
            strategy=request.POST.get("strategy"),
        )
    except BadChoice:
        return bad_request(request)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("conversation", conversation.id)
    notify.changed(request.user.pk, conversation.id)
    if asked_for(request):
        return HttpResponse(status=204)
    messages.success(request, "This holds from the next message on.")
    return redirect("conversation", conversation.id)
