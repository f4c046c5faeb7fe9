"""What the server is doing for a person, and what it has done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from conversations.services.underway import tasks_of
from conversations.views.answers import page
from conversations.views.doors import signed_in


@require_safe
@signed_in
def tasks(request: HttpRequest) -> HttpResponse:
    found = tasks_of(request.user.pk)
    live = any(task.is_live for task in found)
    return page(request, "conversations/tasks.html", {"tasks": found, "live": live})
