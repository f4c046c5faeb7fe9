"""Who is at the door: the origin and the session of an ASGI connection."""

from __future__ import annotations

import io
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.core.handlers.asgi import ASGIRequest

from accounts.sessions import Client, client_of
from chatsite.lib.origin import is_own_origin
from conversations import conf


def is_ours(scope: dict[str, Any]) -> bool:
    return is_own_origin(
        dict(scope["headers"]),
        secure=scope.get("scheme") in ("wss", "https"),
        behind_proxy=conf.behind_proxy(),
        trusted=conf.trusted_origins(),
    )


def is_elsewhere(scope: dict[str, Any]) -> bool:
    """Whether a page of another origin asks to read: of ours, browsers need not say."""
    headers = dict(scope["headers"])
    if b"origin" in headers:
        return not is_ours(scope)
    return headers.get(b"sec-fetch-site", b"none") not in (b"same-origin", b"none")


def client(scope: dict[str, Any]) -> Client:
    """What a session may be bound to."""
    return client_of(_request(scope))


def _request(scope: dict[str, Any]) -> ASGIRequest:
    return ASGIRequest({**scope, "method": "GET", "type": "http"}, io.BytesIO())


def session_key(scope: dict[str, Any]) -> str:
    raw = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    try:
        cookie = SimpleCookie(raw).get(conf.session_cookie())
    except CookieError:
        return ""
    return cookie.value if cookie else ""
