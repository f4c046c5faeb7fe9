"""What every page knows about the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from conversations import conf
from conversations.views.sidebar import sidebar


def site(request: HttpRequest) -> dict[str, Any]:
    """``sidebar`` costs its queries only on pages that show it."""
    return {
        "site_name": settings.SITE_NAME,
        "signup_open": settings.SIGNUP_OPEN,
        "demo_model": conf.uses_demo_model(),
        "chat_model": conf.chat_defaults().model,
        "sidebar": SimpleLazyObject(lambda: sidebar(request)),
    }
