"""A conversation as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.limiting import counted
from chatsite.lib.streaming import Parts
from conversations.services.exporting import export
from conversations.views.doors import signed_in

TYPES = {"txt": "text/plain", "md": "text/markdown", "json": "application/json"}
BLOCK = 64 * 1024


@require_safe
@signed_in
@counted("downloads")
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
