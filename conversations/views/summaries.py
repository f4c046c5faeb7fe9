"""The running summary of a conversation: looked at, put in other words, made anew."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from conversations.models import Conversation
from conversations.runner import running
from conversations.services import access
from conversations.services import summarising as service
from conversations.views import notify
from conversations.views.answers import asked_for, back, page
from conversations.views.doors import signed_in

IN_TRASH = "This conversation is in the trash. Restore it first."
KEEPS_NONE = "This conversation keeps no summary; its settings say so."
NOTHING_YET = "There is nothing to summarise yet."
NOT_NOW = "The model cannot be asked right now. Try again in a moment."


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def summary(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    by = request.user.pk
    conversation = access.conversation(by, conversation_id)
    typed, problem = None, ""
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            service.edit(
                by=by,
                conversation_id=conversation_id,
                version=_number(request.POST.get("version", "")),
                text=typed,
            )
        except service.BadEdit as refusal:
            problem = str(refusal)
        else:
            notify.changed(by, conversation_id, branched=True)
            messages.success(request, "Saved.")
            return redirect("summary", conversation_id)
    context = {
        "conversation": conversation,
        "summary": service.in_use(conversation_id, conversation.head_id),
        "versions": service.versions(conversation),
        "typed": typed,
        "problem": problem,
        "longest": service.LONGEST,
    }
    status = 422 if problem else 200
    return page(request, "conversations/summary.html", context, status=status)


@require_POST
@signed_in
def redo(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Ask the model anew, in the background: a notice tells how it went."""
    conversation = access.conversation(request.user.pk, conversation_id)
    problem = _why_not(conversation) or ("" if _ask_anew(conversation_id) else NOT_NOW)
    if asked_for(request) == "none":
        if not problem:
            return HttpResponse(status=204)
        return HttpResponse(
            problem, status=409, content_type="text/plain; charset=utf-8"
        )
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, "The summary is being made anew.")
    return back(request)


def _number(text: str) -> int:
    """The version that was edited; 0, which there never is, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _why_not(conversation: Conversation) -> str:
    if conversation.deleted_at is not None:
        return IN_TRASH
    if not conversation.summarises:
        return KEEPS_NONE
    there = service.in_use(conversation.id, conversation.head_id)
    return "" if there else NOTHING_YET


def _ask_anew(conversation_id: UUID) -> bool:
    """False where no model can be asked: nothing of it has been opened."""
    runner = running()
    if runner is None or runner.draining or runner.loop.is_closed():
        return False
    again = partial(runner.summarise, conversation_id, anew=True)
    runner.loop.call_soon_threadsafe(again)
    return True
