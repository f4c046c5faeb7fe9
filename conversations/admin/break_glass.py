"""Opening somebody's conversation to read it, and the list of who did."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from accounts.policies import policy
from conversations.admin import proof
from conversations.admin.money import ReadOnly
from conversations.models import BreakGlass, Conversation
from conversations.services import reading_by_staff
from conversations.services.access import NotFound
from conversations.services.reading_by_staff import PERMISSION, Over

View = Callable[..., HttpResponse]
PAGES = "admin/conversations/breakglass"


class AskForm(forms.Form):
    reason = forms.ChoiceField(choices=BreakGlass.Reason)
    reference = forms.CharField(
        label="Case",
        max_length=80,
        help_text="The number of the ticket or file. The person reads it too.",
    )


def _only_readers(view: View) -> View:
    """The others are refused, and what is not theirs to read is not there."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            raise Http404 from None
        except Over:
            return _answer(request, "over", status=403)

    return door


@_only_readers
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Why, and for which case; with a second factor that was shown a moment ago."""
    others = Conversation.objects.exclude(owner=request.user)
    if not others.filter(id=conversation_id).exists():
        raise NotFound
    if not proof.has_second_factor(request):
        return _answer(request, "no_second_factor", status=403)
    if not proof.is_recent(request):
        return HttpResponseRedirect(proof.where_to_show_one(request))
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reading = reading_by_staff.begin(
            by=request.user, conversation_id=conversation_id, **form.cleaned_data
        )
        return HttpResponseRedirect(_to(reading.id))
    minutes = policy("break_glass_minutes")
    return _answer(request, "ask", form=form, id=conversation_id, minutes=minutes)


@_only_readers
@require_GET
def read(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    page = reading_by_staff.read(
        by=request.user, reading_id=reading_id, number=_number(request)
    )
    return _answer(request, "read", page=page, reading=page.reading)


@_only_readers
@require_GET
def read_file(request: HttpRequest, reading_id: UUID, file_id: UUID) -> HttpResponse:
    """Its text; its bytes are not to be had here."""
    page = reading_by_staff.read_file(
        by=request.user,
        reading_id=reading_id,
        file_id=file_id,
        number=_number(request),
    )
    return _answer(request, "read_file", page=page, reading=page.reading)


@_only_readers
@require_POST
def close(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    if reading_by_staff.close(by=request.user, reading_id=reading_id):
        messages.success(request, "Closed.")
    talks = reverse("admin:conversations_breakglass_changelist")
    return HttpResponseRedirect(talks)


@admin.register(BreakGlass)
class BreakGlassAdmin(ReadOnly):
    """Who read whose, why, when and how much. Never what."""

    fields = readonly_fields = (
        "who",
        "reader_pseudonym",
        "owner",
        "conversation_id",
        "reason",
        "reference",
        "opened",
        "until",
        "closed",
        "pages_read",
        "notice_seen",
    )
    list_display = ("opened", "who", "owner", "reason", "reference", "pages_read")
    list_filter = ("reason", ("opened", admin.DateFieldListFilter))
    list_select_related = ("reader", "owner")
    search_fields = ("reference", "owner__email", "reader__email")
    ordering = ("-opened", "-id")

    @admin.display(description="reader")
    def who(self, row: BreakGlass) -> str:
        """While they are here; their pseudonym after that."""
        return row.reader.email if row.reader else str(row.reader_pseudonym)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        ours = [
            path("<uuid:reading_id>/read/", wrap(read), name="read_by_staff"),
            path(
                "<uuid:reading_id>/files/<uuid:file_id>/",
                wrap(read_file),
                name="file_read_by_staff",
            ),
            path("<uuid:reading_id>/close/", wrap(close), name="close_glass"),
        ]
        return [*ours, *super().get_urls()]


def _to(reading_id: UUID) -> str:
    return reverse("admin:read_by_staff", args=[reading_id])


def _number(request: HttpRequest) -> int:
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdigit() and len(number) < 8):
        raise NotFound
    return int(number)


TITLES = {
    "ask": "Open this conversation to read it",
    "read": "Reading somebody else's conversation",
    "read_file": "Reading somebody else's file",
    "over": "This reading is over",
    "no_second_factor": "A second factor is needed",
}


def _answer(
    request: HttpRequest, name: str, *, status: int = 200, **told: Any
) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": TITLES[name]} | told
    return TemplateResponse(request, f"{PAGES}/{name}.html", context, status=status)
