"""The audit log in the admin: to read, to filter, to search; nothing else."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from accounts.audit.actions import ACTIONS
from accounts.models import AuditEvent, Pseudonym

FIELDS = [field.name for field in AuditEvent._meta.get_fields()]


class ActionFilter(admin.SimpleListFilter):
    """From the table of actions: asking the log for them would read all of it."""

    title = parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(action, action) for action in ACTIONS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    fields = readonly_fields = ("person", *FIELDS)
    list_display = ("seq", "time", "action", "person", "subject_kind", "subject", "ip")
    list_filter = (ActionFilter, ("time", admin.DateFieldListFilter))
    search_fields = ("actor",)  # and the subject: see below
    search_help_text = "A pseudonym, or the id of what an event is about"
    ordering = ("-seq",)
    sortable_by = ()
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        people = Pseudonym.objects.filter(id=OuterRef("actor"))
        label = Subquery(people.values("user__email"))
        return super().get_queryset(request).annotate(person=label)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(subject_id=term)
        with contextlib.suppress(ValueError):
            wanted |= Q(actor=UUID(term))
        return queryset.filter(wanted), False

    @admin.display
    def person(self, row: Any) -> str:
        """Who it was, while they are here; their pseudonym after that."""
        return row.person or str(row.actor or "")

    @admin.display
    def subject(self, row: AuditEvent) -> str:
        return row.subject_id

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
