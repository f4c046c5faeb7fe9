"""What a person does to a conversation, as plain forms."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from conversations.services import access
from conversations.services import conversations as service
from conversations.services.revising import show_branch
from conversations.services.titles import LONGEST, BadTitle
from conversations.views import notify
from conversations.views.answers import asked_for, back, bad_request, page
from conversations.views.doors import View, signed_in


def verb(
    do: Callable[..., None], told: str, *, undo: str = "", leaves: bool = False
) -> View:
    """A view that does one thing and goes back. ``undo``: the verb that takes it back;
    ``leaves``: the conversation's page is no place to go back to.

    Messages never name the conversation: they wait in a cookie, in the clear.
    """

    @require_POST
    @signed_in
    def view(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        try:
            do(by=request.user.pk, conversation_id=conversation_id)
        except service.Refused as refusal:
            return _refused(request, str(refusal))
        notify.changed(request.user.pk, conversation_id)
        return _done(
            request,
            told,
            undo=reverse(undo, args=[conversation_id]) if undo else "",
            gone=reverse("conversation", args=[conversation_id]) if leaves else "",
        )

    return view


pin = verb(service.pin, "Pinned.")
unpin = verb(service.unpin, "No longer pinned.")
archive = verb(service.archive, "Archived.")
unarchive = verb(service.unarchive, "Back from the archive.")
delete = verb(
    service.to_trash, "Conversation moved to the trash.", undo="restore", leaves=True
)
restore = verb(service.restore, "Conversation restored.")
_erase = verb(service.erase, "Conversation deleted for good.", leaves=True)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def erase(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    if request.method == "POST":
        return _erase(request, conversation_id)
    conversation = access.conversation(request.user.pk, conversation_id)
    return page(request, "conversations/erase.html", {"conversation": conversation})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rename(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    conversation = access.conversation(request.user.pk, conversation_id)
    context = {
        "conversation": conversation,
        "longest": LONGEST,
        "title": conversation.title,
    }
    if request.method != "POST":
        return page(request, "conversations/rename.html", context)
    title = request.POST.get("title", "")
    try:
        service.rename(by=request.user.pk, conversation_id=conversation_id, title=title)
    except BadTitle as problem:
        if asked_for(request) == "none":
            return _sentence(str(problem), 422)
        context |= {"title": title, "problem": str(problem)}
        return page(request, "conversations/rename.html", context, status=422)
    notify.changed(request.user.pk, conversation_id)
    return _done(request, "Renamed.")


@require_POST
@signed_in
def branch(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Show the branch through one of a message's versions."""
    access.conversation(request.user.pk, conversation_id)
    try:
        message_id = UUID(request.POST.get("message", ""))
    except ValueError:
        return bad_request(request)
    show_branch(
        by=request.user.pk, conversation_id=conversation_id, message_id=message_id
    )
    notify.changed(request.user.pk, conversation_id, branched=True)
    if asked_for(request) == "none":
        return HttpResponse(status=204)
    return back(request)


def _done(
    request: HttpRequest, told: str, *, undo: str = "", gone: str = ""
) -> HttpResponse:
    if asked_for(request) == "none":
        return HttpResponse(status=204)
    messages.success(request, told, extra_tags=undo)
    return back(request, gone=gone)


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    if asked_for(request) == "none":
        return _sentence(sentence, 409)
    messages.error(request, sentence)
    return back(request)


def _sentence(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
