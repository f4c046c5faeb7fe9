"""Who is at the door: the origin and the session of an ASGI connection."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

from chatsite.lib.origin import is_own_origin
from conversations import conf


def is_ours(scope: dict[str, Any]) -> bool:
    return is_own_origin(
        dict(scope["headers"]),
        secure=scope.get("scheme") in ("wss", "https"),
        behind_proxy=conf.behind_proxy(),
        trusted=conf.trusted_origins(),
    )


def session_key(scope: dict[str, Any]) -> str:
    raw = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    try:
        cookie = SimpleCookie(raw).get(conf.session_cookie())
    except CookieError:
        return ""
    return cookie.value if cookie else ""
