"""Attached files in an export: a list of them, and each as it was uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from accounts.documents import by_key, listed, told
from accounts.personal_data import Document
from chatsite.lib.crypto import CannotOpen
from conversations.core.file_names import clean_name
from conversations.models import File
from conversations.services import files

# hashes under a key, and who reads it at the moment
LEFT_OUT = frozenset({"name_hash", "digest", "reader", "heartbeat"})
UNREADABLE = b"This file cannot be decrypted.\n"


def documents(user_id: UUID) -> Iterator[Document]:
    rows = File.objects.filter(owner_id=user_id)
    yield listed("data/files.json", ([_told(each) for each in b] for b in by_key(rows)))
    for batch in by_key(rows):
        for file in batch:
            yield _content(file)


def path(file: File) -> str:
    """Inside the zip. The id makes it one of its kind; the name is for people."""
    return f"files/{file.id}/{clean_name(file.name)}"


def _told(file: File) -> dict[str, Any]:
    return told(file, LEFT_OUT) | {"path": path(file)}


def _content(file: File) -> Document:
    packed = file.kind in (File.Kind.IMAGE, File.Kind.PDF, File.Kind.DOCX)
    return Document(path(file), _pieces(file), size=file.size, packed=packed)


def _pieces(file: File) -> Iterator[bytes]:
    """One that cannot be opened is said to be so, and the export goes on."""
    try:
        yield from files.content(file)
    except CannotOpen:
        yield UNREADABLE
