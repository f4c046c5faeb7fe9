"""What every answer says that did not say it itself: files, streams, errors, all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from accounts.middleware import HEADERS

Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Send], Awaitable[None]]

# what is no page needs nothing, and is in nobody's frame
NOTHING = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REFUSED = ("TRACE", "TRACK", "CONNECT")


def usual() -> list[tuple[bytes, bytes]]:
    """By name in lower case, as ASGI wants them."""
    said = {
        **HEADERS,
        "Content-Security-Policy": NOTHING,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }
    if settings.SECURE_HSTS_SECONDS:
        said["Strict-Transport-Security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
        )
    return [(name.lower().encode(), value.encode()) for name, value in said.items()]


def with_headers(application: Application) -> Application:
    """``application``, whose answers all say what is usual."""

    async def respond(scope: Any, receive: Any, send: Send) -> None:
        if scope["method"] in REFUSED:
            return await _refuse(send)

        async def say(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": completed(message["headers"], common)}
            await send(message)

        await application(scope, receive, say)

    common = usual()
    return respond


def completed(
    given: list[tuple[bytes, bytes]], common: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    said = {name.lower() for name, _ in given}
    return [*given, *(each for each in common if each[0] not in said)]


async def _refuse(send: Send) -> None:
    headers = [(b"allow", b"GET, HEAD, POST"), (b"content-length", b"0"), *usual()]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
