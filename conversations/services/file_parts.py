"""A file's bytes at rest: sealed in pieces, each bound to its place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from chatsite.lib.crypto import CannotOpen, open_bytes, seal_bytes
from conversations.models import File, FilePart

PART = 256 * 1024  # bytes
WRITTEN_AT_ONCE = 16  # parts of one statement


def sealed(file: File, data: bytes) -> list[FilePart]:
    """``data`` as rows that are not stored yet. Text is made smaller first."""
    key, parts = file.sealing_key(), []
    compress = file.kind not in (File.Kind.IMAGE, File.Kind.PDF, File.Kind.DOCX)
    for number, start in enumerate(range(0, len(data), PART), 1):
        part = FilePart(file=file, owner_id=file.owner_id, number=number)
        piece = data[start : start + PART]
        part.sealed = seal_bytes(key, piece, place(part), compress)
        parts.append(part)
    return parts


def store(parts: list[FilePart]) -> None:
    """Call it in the transaction of their file."""
    FilePart.objects.bulk_create(parts, batch_size=WRITTEN_AT_ONCE)


def opened(file: File) -> Iterator[bytes]:
    """The pieces in order, read one at a time; raises ``CannotOpen`` when one was
    changed, moved or left out.
    """
    key, got, number = file.sealing_key(), 0, 0
    rows = FilePart.objects.filter(file=file, owner_id=file.owner_id)
    while got < file.size:
        number += 1
        part = rows.filter(number=number).first()
        if part is None:
            raise CannotOpen(f"part {number} of file {file.id} is missing")
        piece = open_bytes(key, bytes(part.sealed), place(part))
        got += len(piece)
        yield piece
    if got != file.size:
        raise CannotOpen(f"file {file.id} is longer than it was")


def place(part: FilePart) -> str:
    """What the seal is bound to: table, owner, row, field, and where in which file."""
    table = FilePart._meta.db_table
    whose = f"{table}|{part.owner_id}|{part.pk}|sealed"
    return f"{whose}|{part.file_id}|{part.number}"
