"""Whether a socket was opened by a page of ours: exact scheme, host and port."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def is_own_origin(
    headers: Mapping[bytes, bytes],
    *,
    secure: bool,
    behind_proxy: bool,
    trusted: Collection[str],
) -> bool:
    """``headers`` are ASGI's (lower-case names). No Origin, or ``null``, is not ours.

    ``trusted`` origins (scheme, host, port) are ours as well, for proxies that rewrite
    the Host.
    """
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if behind_proxy and headers.get(b"x-forwarded-proto", b"").lower() == b"https":
        secure = True
    own = f"{'https' if secure else 'http'}://{host}"
    return bool(host) and origin in {own, *(each.lower() for each in trusted)}
