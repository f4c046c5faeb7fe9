"""A response whose bytes are made while they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from django.db import connections
from django.http import StreamingHttpResponse


class Parts(StreamingHttpResponse):
    """Bytes made while they are sent, under WSGI and ASGI alike.

    Django would first read a plain iterator to its end under ASGI.
    """

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = iter(self.streaming_content)
        while (part := await asyncio.to_thread(_next, parts)) is not None:
            yield part


def _next(parts: Iterator[bytes]) -> bytes | None:
    """Any thread may be asked, so none keeps its connection."""
    try:
        return next(parts, None)
    finally:
        connections.close_all()
