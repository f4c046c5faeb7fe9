"""Conversations as an administrator sees them: that they exist, never what is said."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import Conversation


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin):
    fields = readonly_fields = (
        "id",
        "owner",
        "message_count",
        "token_count",
        "created",
        "updated",
        "archived_at",
        "deleted_at",
    )
    list_display = ("id", "owner", "created", "updated", "message_count")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__email")
    ordering = ("-updated", "-id")
    list_per_page = 50
    show_full_result_count = False  # counting all of them takes longer than the page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return super().get_queryset(request).defer("title", "system_prompt")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
