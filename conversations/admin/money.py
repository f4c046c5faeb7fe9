"""What people spent, as an administrator sees it: sums and calls, never content."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from chatsite.lib.console import Lists
from chatsite.lib.spreadsheets import cell
from conversations.core.prices import dollars
from conversations.models import Charge, Spending

MOST_MONTHS = 36  # to choose among
COLUMNS = (
    "month",
    "email",
    "spent_usd",
    "background_usd",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "turns",
)


class ReadOnly(Lists):
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MonthFilter(admin.SimpleListFilter):
    title = parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        months = Spending.objects.order_by("-month").values_list("month", flat=True)
        latest = months.distinct()[:MOST_MONTHS]
        return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in latest]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Spending]
    ) -> QuerySet[Spending]:
        try:
            first = date.fromisoformat(f"{self.value()}-01")
        except ValueError:
            return queryset
        return queryset.filter(month=first)


@admin.action(description="Download as CSV", permissions=["view"])
def download(
    model_admin: ReadOnly, request: HttpRequest, rows: QuerySet[Spending]
) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="spending.csv"'
    table = csv.writer(response)
    table.writerow(COLUMNS)
    for row in rows.annotate(email=F("owner__email")).values_list(*COLUMNS):
        table.writerow([cell(value) for value in row])
    return response


@admin.register(Spending)
class SpendingAdmin(ReadOnly):
    fields = readonly_fields = (
        "owner",
        "month",
        "spent_usd",
        "background_usd",
        "input_tokens",
        "output_tokens",
        "cached_tokens",
        "turns",
    )
    list_display = (
        "person",
        "in_month",
        "spent",
        "background",
        "sent",
        "answered",
        "cached",
        "turns",
    )
    list_filter = (MonthFilter,)
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    ordering = ("-month", "-spent_usd", "owner__email")
    actions = (download,)

    @admin.display(ordering="owner__email")
    def person(self, row: Spending) -> str:
        return row.owner.email

    @admin.display(description="month", ordering="month")
    def in_month(self, row: Spending) -> str:
        return f"{row.month:%B %Y}"

    @admin.display(ordering="spent_usd")
    def spent(self, row: Spending) -> str:
        return dollars(row.spent_usd)

    @admin.display(ordering="background_usd")
    def background(self, row: Spending) -> str:
        return dollars(row.background_usd)

    @admin.display(description="input tokens", ordering="input_tokens")
    def sent(self, row: Spending) -> str:
        return f"{row.input_tokens:,}"

    @admin.display(description="output tokens", ordering="output_tokens")
    def answered(self, row: Spending) -> str:
        return f"{row.output_tokens:,}"

    @admin.display(description="cached tokens", ordering="cached_tokens")
    def cached(self, row: Spending) -> str:
        return f"{row.cached_tokens:,}"


@admin.register(Charge)
class ChargeAdmin(ReadOnly):
    """Background calls; a person's are found by their email address."""

    fields = readonly_fields = (
        "person",
        "kind",
        "model",
        "created",
        "conversation_id",
        "input_tokens",
        "output_tokens",
        "cached_tokens",
        "cost_usd",
    )
    list_display = ("created", "person", "kind", "model", "tokens", "cost")
    list_filter = ("kind",)
    search_fields = ("model",)  # and, below, people
    search_help_text = "A person's email address"
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Charge]:
        people = User.objects.filter(id=OuterRef("owner_id"))
        return (
            super()
            .get_queryset(request)
            .annotate(person=Subquery(people.values("email")))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Charge], search_term: str
    ) -> tuple[QuerySet[Charge], bool]:
        if not search_term:
            return queryset, False
        people = User.objects.filter(email__icontains=search_term)
        return queryset.filter(owner_id__in=people.values("id")), False

    @admin.display
    def person(self, row: Any) -> str:
        return row.person or ""

    @admin.display
    def tokens(self, row: Charge) -> str:
        return f"{row.input_tokens + row.output_tokens:,}"

    @admin.display(ordering="cost_usd")
    def cost(self, row: Charge) -> str:
        return dollars(row.cost_usd)
