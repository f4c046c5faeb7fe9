"""Removing the sessions that nobody can use any more."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import Device

AT_ONCE = 500


def purge() -> bool:
    """Some of those that have expired, or whose person may not sign in; more to do?"""
    now = timezone.now()
    useless = Device.objects.filter(
        Q(expires__lte=now)
        | Q(last_seen__lte=now - timedelta(days=settings.SESSION_IDLE_DAYS))
        | Q(created__lte=now - timedelta(days=settings.SESSION_DAYS))
        | Q(person__is_active=False)
    )
    some = list(useless.order_by().values_list("id", flat=True)[:AT_ONCE])
    Device.objects.filter(id__in=some).delete()
    return len(some) == AT_ONCE
