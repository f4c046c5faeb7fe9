"""The audit log in the admin: to read, to filter, to search; nothing else."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html

from accounts.audit import checkpoints, verification
from accounts.audit.actions import ACTIONS
from accounts.audit.recording import PERSON
from accounts.models import AuditEvent, Pseudonym, User
from chatsite.lib.console import Lists

TALK = "conversations.conversation"
FIELDS = [field.name for field in AuditEvent._meta.get_fields()]


class ActionFilter(admin.SimpleListFilter):
    """From the table of actions: asking the log for them would read all of it."""

    title = parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(ACTIONS.items())

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent]
    ) -> QuerySet[AuditEvent]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class Events(ChangeList):
    """Whoever events are about is looked up once, for all on the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        about = {e.subject_id for e in self.result_list if e.subject_kind == PERSON}
        people: dict[str, User] = {}
        if about and request.user.has_perm("accounts.view_user"):
            names = Pseudonym.objects.select_related("user").filter(id__in=about)
            people = {str(name.id): name.user for name in names}
        talks = request.user.has_perm("conversations.view_conversation")
        for event in self.result_list:
            event.about = people.get(event.subject_id)
            event.may_see_talks = talks


@admin.register(AuditEvent)
class AuditEventAdmin(Lists):
    fields = readonly_fields = ("person", *FIELDS)
    list_display = ("seq", "time", "act", "person", "kind", "subject", "ip")
    list_filter = (ActionFilter, ("time", admin.DateFieldListFilter))
    search_fields = ("actor",)  # and the subject: see below
    search_help_text = (
        "A person's email address or pseudonym, or the id of what an event is about"
    )
    ordering = ("-seq",)
    sortable_by = ()
    list_per_page = 50
    show_full_result_count = False

    change_list_template = "admin/accounts/auditevent/change_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        newest = checkpoints.last()
        action = request.GET.get("action", "")
        told = {
            "state": verification.state(),
            "newest": newest,
            "newest_time": newest and parse_datetime(newest.time),
            "chosen_action": action if action in ACTIONS else "",
        }
        return super().changelist_view(request, told | (extra_context or {}))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Events

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
            wanted |= Q(actor=UUID(term)) | Q(subject_id=str(UUID(term)))
        if "@" in term:
            person = Pseudonym.objects.filter(user__email=term.lower()).first()
            if person is None:
                return queryset.none(), False
            wanted = Q(actor=person.id) | Q(subject_id=str(person.id))
        return queryset.filter(wanted), False

    @admin.display(description="action")
    def act(self, row: AuditEvent) -> str:
        """In words; its name in the log is on its page and in the file."""
        return ACTIONS.get(row.action, row.action)

    @admin.display(description="about a")
    def kind(self, row: AuditEvent) -> str:
        return row.subject_kind.rpartition(".")[2].replace("_", " ")

    @admin.display
    def person(self, row: Any) -> str:
        """Who it was, while they are here; their pseudonym after that."""
        return row.person or str(row.actor or "")

    @admin.display
    def subject(self, row: Any) -> str:
        """With a link to its page, for who may see that."""
        if person := getattr(row, "about", None):
            there = reverse("admin:accounts_user_change", args=[person.pk])
            return format_html('<a href="{}">{}</a>', there, person.email)
        if row.subject_kind == TALK and getattr(row, "may_see_talks", False):
            there = reverse(
                "admin:conversations_conversation_change", args=[row.subject_id]
            )
            return format_html('<a href="{}">{}</a>', there, row.subject_id)
        return row.subject_id

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
