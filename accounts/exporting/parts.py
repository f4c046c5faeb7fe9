"""An export's bytes at rest: sealed in pieces, each bound to its place in it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from accounts.models import DataRequest, ExportPart
from chatsite.lib.crypto import CannotOpen, open_bytes, seal_bytes

PART = 512 * 1024  # bytes


def store(request: DataRequest, number: int, data: bytes) -> None:
    part = ExportPart(request=request, owner_id=request.person_id_was, number=number)
    part.sealed = seal_bytes(part.sealing_key(), data, _place(part))
    part.save(force_insert=True)


def opened(request: DataRequest) -> Iterator[bytes]:
    """In order, one at a time; raises ``CannotOpen`` when one was changed, moved or is
    missing.
    """
    got, number = 0, 0
    while got < request.size:
        number += 1
        part = ExportPart.objects.filter(request=request, number=number).first()
        if part is None:
            raise CannotOpen(f"part {number} of export {request.pk} is missing")
        data = open_bytes(part.sealing_key(), bytes(part.sealed), _place(part))
        got += len(data)
        yield data


def drop(request_id: UUID) -> None:
    ExportPart.objects.filter(request_id=request_id).delete()


def _place(part: ExportPart) -> str:
    table = ExportPart._meta.db_table
    return f"{table}|{part.owner_id}|{part.request_id}|{part.number}|sealed"
