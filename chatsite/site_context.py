"""What every page knows about the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chatsite.first_steps import first_steps
from conversations import conf
from conversations.models import BreakGlass
from conversations.services import preferences, reading_by_staff
from conversations.views.sidebar import sidebar


def site(request: HttpRequest) -> dict[str, Any]:
    """``sidebar`` and ``chat_model`` cost queries only on pages that show them."""
    return {
        "site_name": settings.SITE_NAME,
        "signup_open": settings.SIGNUP_OPEN,
        "demo_model": conf.uses_demo_model(),
        "chat_model": SimpleLazyObject(lambda: _model_of(request)),
        "first_steps": SimpleLazyObject(lambda: first_steps(request)),
        "sidebar": SimpleLazyObject(lambda: sidebar(request)),
        "unseen_readings": SimpleLazyObject(lambda: list(_unseen(request))),
    }


def _unseen(request: HttpRequest) -> QuerySet[BreakGlass]:
    """By others, of what this person said, the latest."""
    return reading_by_staff.unseen(request.user.pk)[:3]


def _model_of(request: HttpRequest) -> str:
    """The model of conversations that name none."""
    return preferences.of(request.user.pk).model or conf.chat_defaults().model
