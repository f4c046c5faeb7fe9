"""Conversations as an administrator sees them: how they went, never what is said."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from chatsite.lib.console import Lists
from conversations.admin import break_glass
from conversations.models import Conversation
from conversations.services import state_timeline


@admin.register(Conversation)
class ConversationAdmin(Lists):
    list_display = ("id", "owner", "state", "created", "updated", "message_count")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__email")
    search_help_text = "An id, or its person's email address"
    ordering = ("-updated", "-id")
    list_per_page = 50
    show_full_result_count = False  # counting all of them takes longer than the page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return super().get_queryset(request).defer("title", "system_prompt")

    @admin.display
    def state(self, row: Conversation) -> str:
        told = {
            "in the trash": row.deleted_at,
            "in cold storage": row.cold_at,
            "archived": row.archived_at,
            "pinned": row.pinned_at,
            "temporary": row.temporary,
        }
        return ", ".join(word for word, holds in told.items() if holds)

    def get_urls(self) -> list[URLPattern]:
        ask = self.admin_site.admin_view(break_glass.ask)
        ours = path("<uuid:conversation_id>/open/", ask, name="break_glass")
        return [ours, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """How it went, turn by turn; ``?before=`` a turn."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        timeline = state_timeline.of(
            _uuid(object_id, Http404), before=_uuid(request.GET.get("before"))
        )
        if timeline is None:
            raise Http404
        may_read = request.user.has_perm("privacy.break_glass")
        context = self.admin_site.each_context(request) | {
            "title": "How this conversation went",
            "timeline": timeline,
            "it": timeline.conversation,
            "state": self.state(timeline.conversation),
            "is_first": "before" not in request.GET,
            "may_see_people": request.user.has_perm("accounts.view_user"),
            "may_read": may_read and timeline.conversation.owner_id != request.user.pk,
        }
        name = "admin/conversations/conversation/timeline.html"
        return TemplateResponse(request, name, context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _uuid(given: str | None, wrong: type[Exception] = BadRequest) -> Any:
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError:
        raise wrong from None
