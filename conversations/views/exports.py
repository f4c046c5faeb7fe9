"""A conversation as a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from uuid import UUID

from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from conversations.services.exporting import export
from conversations.views.doors import signed_in

TYPES = {"txt": "text/plain", "md": "text/markdown", "json": "application/json"}
BLOCK = 64 * 1024


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


@require_safe
@signed_in
def export_file(
    request: HttpRequest, conversation_id: UUID, form: str
) -> StreamingHttpResponse:
    made = export(
        by=request.user.pk,
        conversation_id=conversation_id,
        form=form,
        zone=timezone.get_current_timezone(),
    )
    name = slugify(made.title, allow_unicode=True)[:80].strip("-_") or "conversation"
    response = Parts(_blocks(made.parts), content_type=f"{TYPES[form]}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{form}")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _blocks(parts: Iterable[str]) -> Iterator[bytes]:
    """Some messages at a time: each block is a trip between threads."""
    block = bytearray()
    for part in parts:
        # what cannot be encoded (half of a surrogate pair) becomes "?"
        block += part.encode(errors="replace")
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)
