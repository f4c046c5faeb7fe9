"""How things stand, in a few words, for the first page of the administration."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from accounts.models import User
from conversations.core.prices import dollars
from conversations.models import BreakGlass, Conversation, LanguageModel, Spending, Turn

WEEK = timedelta(days=7)


def readings() -> str:
    now = timezone.now()
    count = BreakGlass.objects.filter(until__gt=now, closed=None).count()
    return f"{count:,} open now" if count else "none open now"


def people() -> str:
    since = timezone.now() - WEEK
    talks = Conversation.objects.filter(owner=OuterRef("pk"), updated__gte=since)
    here = User.objects.filter(is_active=True)
    active = here.filter(Exists(talks)).count()
    return f"{here.count():,}, of whom {active:,} active this week"


def conversations() -> str:
    running = Turn.objects.filter(status__in=Turn.LIVE).count()
    return f"{running:,} answered just now" if running else "none answered just now"


def spent() -> str:
    month = timezone.now().date().replace(day=1)
    total = Spending.objects.filter(month=month).aggregate(sum=Sum("spent_usd"))
    return f"{dollars(total['sum'] or 0)} this month"


def models() -> str:
    return f"{LanguageModel.objects.filter(offered=True).count():,} offered"
