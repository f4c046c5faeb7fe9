"""A new conversation, a conversation, and the pieces a page fetches of them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conversations.services import expiring, receipts, summarising, thread
from conversations.services.listing import BadCursor
from conversations.views.answers import asked_for, bad_request, page
from conversations.views.doors import signed_in
from conversations.views.sidebar import sidebar

STARTERS = (
    ("pen", "Help me write", "A difficult message, in my own voice",
     "Help me write a difficult message. It is to "),
    ("code", "Explain this code", "Paste it; I will go line by line",
     "Explain this code, line by line:\n\n"),
    ("book", "Teach me something", "From the ground up, with one example",
     "Explain from the ground up, with one example: "),
    ("leaf", "Think it through with me", "Options, costs and a recommendation",
     "Help me decide. The options are "),
)  # fmt: skip

# a message, and which side of it a page of its conversation is
PLACES = ("before", "after", "at")
EXPORTS = (("txt", "text"), ("md", "Markdown"), ("json", "JSON"))


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "greeting": _greeting(timezone.localtime()),
        "starters": STARTERS,
        "gauge": receipts.NOTHING_YET,
    }
    return page(request, "conversations/home.html", context)


@require_safe
@signed_in
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    try:
        place = {
            side: UUID(request.GET[side]) for side in PLACES if side in request.GET
        }
    except ValueError:
        return bad_request(request)
    shown = thread.page(by=request.user.pk, conversation_id=conversation_id, **place)
    until = expiring.kept_until([shown.conversation]).get(conversation_id)
    context = {
        "thread": shown,
        "conversation": shown.conversation,
        "until": until,
        "goes_soon": expiring.goes_soon(until),
        "days": _days(shown),
        "summary": summarising.ending_among(shown.conversation, shown.ids),
        "exports": EXPORTS,
        "gauge": receipts.fill_of(shown.conversation),
    }
    if asked_for(request) == "thread":
        return render(request, "conversations/_thread.html", context)
    return page(request, "conversations/conversation.html", context)


@require_safe
@signed_in
def message(
    request: HttpRequest, conversation_id: UUID, message_id: UUID
) -> HttpResponse:
    said = thread.message(
        by=request.user.pk, conversation_id=conversation_id, message_id=message_id
    )
    return render(request, "conversations/_message.html", {"said": said})


@require_safe
@signed_in
def rows(request: HttpRequest) -> HttpResponse:
    """The next rows of the sidebar. Who follows the link as a page gets a real one."""
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return redirect("library")
    try:
        listed = sidebar(request, request.GET.get("after", ""))
    except BadCursor:
        return bad_request(request)
    return render(request, "conversations/_rows.html", {"listed": listed})


def _greeting(here: datetime) -> str:
    if 5 <= here.hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= here.hour < 18 else "Good evening"


def _days(shown: thread.Thread) -> list[tuple[thread.Shown, date | None]]:
    """The messages, each with its day if that is another than of the one before.

    A conversation that begins today needs no line that says so.
    """
    before = timezone.localdate(shown.before.created) if shown.before else None
    latest = before or timezone.localdate()
    days: list[tuple[thread.Shown, date | None]] = []
    for said in shown.shown:
        day = timezone.localdate(said.message.created)
        days.append((said, day if day != latest else None))
        latest = day
    return days
