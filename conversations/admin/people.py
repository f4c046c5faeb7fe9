"""What conversations add to the pages about people: how much, never what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from chatsite.lib.console import Column, Panel, person_columns, person_panels
from conversations.core.prices import dollars
from conversations.models import Conversation, Spending, Turn
from conversations.services import spending

LATEST = 10
MONTHS = 6


def last_active(ids: Iterable[UUID]) -> dict[UUID, str]:
    latest = _talks(ids).annotate(at=Max("updated")).values_list("owner_id", "at")
    return {
        owner: date_format(timezone.localtime(at), "DATETIME_FORMAT")
        for owner, at in latest
    }


def how_many(ids: Iterable[UUID]) -> dict[UUID, str]:
    counted = _talks(ids).annotate(n=Count("id")).values_list("owner_id", "n")
    return {owner: f"{n:,}" for owner, n in counted}


def this_month(ids: Iterable[UUID]) -> dict[UUID, str]:
    first = timezone.now().date().replace(day=1)
    rows = Spending.objects.filter(owner__in=ids, month=first)
    return {
        row.owner_id: f"{row.input_tokens + row.output_tokens:,} tokens,"
        f" {dollars(row.spent_usd)}"
        for row in rows
    }


def usage(request: HttpRequest, person: User) -> dict[str, Any]:
    """By month, and by model of each."""
    months = spending.months(person.pk, before=None, at_most=MONTHS)
    turns = Turn.objects.filter(conversation__owner=person)  # an index leads there
    if months:
        turns = turns.filter(created__date__gte=months[-1].month)
    by_model = (
        turns.order_by()
        .annotate(month=TruncMonth("created"))
        .values("month", "model")
        .annotate(
            turns=Count("id"),
            sent=Sum("input_tokens"),
            answered=Sum("output_tokens"),
            cost=Sum("cost_usd"),
        )
        .order_by("-month", "-cost", "model")
    )
    return {"months": months, "models": by_model[: MONTHS * 10]}


def talks(request: HttpRequest, person: User) -> dict[str, Any]:
    rows = Conversation.objects.filter(owner=person).defer("title", "system_prompt")
    return {"talks": rows.order_by("-updated", "-id")[:LATEST]}


def _talks(ids: Iterable[UUID]) -> Any:
    return Conversation.objects.filter(owner__in=ids).order_by().values("owner_id")


PLACE = "admin/accounts/user"
person_columns += [
    Column("last_active", "last active", "conversations.view_turn", last_active),
    Column("talks", "conversations", "conversations.view_turn", how_many),
    Column("month", "this month", "conversations.view_spending", this_month),
]
person_panels += [
    Panel(
        "Usage",
        "conversations.view_spending",
        f"{PLACE}/usage.html",
        usage,
    ),
    Panel(
        "Conversations",
        "conversations.view_conversation",
        f"{PLACE}/conversations.html",
        talks,
    ),
]
