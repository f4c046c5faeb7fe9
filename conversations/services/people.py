"""Who is on the other end of a socket."""

from __future__ import annotations

from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest


def person_of_session(session_key: str) -> UUID | None:
    """The active person signed in with this session, checked as Django checks a page:
    the session must be alive and its password hash the person's present one.
    """
    request = HttpRequest()
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(session_key)
    user = get_user(request)
    return user.pk if user.is_authenticated and user.is_active else None
