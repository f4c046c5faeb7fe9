"""Taking in a file: bounded, looked into by a process with limits, stored sealed."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from accounts.models import User
from conversations import conf
from conversations.core.file_names import clean_name, kind_of_text, promised
from conversations.extraction import process
from conversations.extraction.found import Found
from conversations.models import File
from conversations.services import access, file_parts, file_versions, files

MOST_IMAGE_BYTES = 10_000_000


class FileRefused(Exception):
    """A file that is not taken. ``str()`` is a sentence for the person; ``code`` and
    the HTTP ``status`` tell programs why.
    """

    def __init__(self, sentence: str, code: str, status: int) -> None:
        super().__init__(sentence)
        self.code, self.status = code, status


def upload(
    *,
    by: UUID,
    name: str,
    chunks: Iterable[bytes],
    conversation_id: UUID | None = None,
) -> File:
    """Store a file that can then be sent with a message.

    ``conversation_id``: where it will be sent, if that is known; it is told there as a
    newer version of a file of that name. Raises ``FileRefused``, ``NotFound``, and
    ``CannotOpen`` when the person's key is gone.
    """
    if conversation_id is not None:
        access.conversation(by, conversation_id)
    name = clean_name(name)
    data = gathered(chunks, name)
    found = _looked_into(data, name)
    file = _described(by, name, found)
    marks = file_versions.Marks(by)
    file.name_hash = marks.of_name(name)
    file.digest = marks.of_content([data])
    stored = data if found.image is None else found.image
    file.size = len(stored)
    parts = file_parts.sealed(file, stored)
    with transaction.atomic():
        _check_room(by, file.size)
        if conversation_id is not None:
            file_versions.number([file], conversation_id)
        file.save(force_insert=True)
        file_parts.store(parts)
    return file


def too_large(name: str) -> FileRefused:
    most = conf.file_limits().megabytes
    return FileRefused(
        f"{name} is larger than {most} MB, the most that a file can have.",
        "too_large",
        413,
    )


def gathered(chunks: Iterable[bytes], name: str) -> bytes:
    """The whole of it, if that is not too much. Raises ``FileRefused``."""
    most, data = conf.file_limits().bytes, bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > most:
            raise too_large(name)
    if not data:
        raise FileRefused(f"{name} is empty.", "bad_request", 400)
    return bytes(data)


def _looked_into(data: bytes, name: str) -> Found:
    try:
        found = process.inspect(data)
    except process.Unreadable as problem:
        raise _unsupported(f"{name} was not taken: {problem}") from None
    if found.refusal:
        raise _unsupported(f"{name} was not taken: {found.refusal}")
    claim = promised(name)
    if claim and claim != found.media_type:
        raise _unsupported(
            f"{name} was not taken: it is called a {_ending(claim)} file, "
            f"but it is {found.named}."
        )
    if found.image is not None and len(data) > MOST_IMAGE_BYTES:
        raise FileRefused(
            f"{name} is larger than 10 MB, the most that an image can have.",
            "too_large",
            413,
        )
    return found


def _described(by: UUID, name: str, found: Found) -> File:
    kind = kind_of_text(name) if found.kind == File.Kind.TEXT else found.kind
    file = File(
        owner_id=by,
        name=name,
        kind=kind,
        media_type=found.media_type,
        width=found.width,
        height=found.height,
    )
    if found.image is not None:  # it has no text to be read
        file.status, file.done = File.Status.READY, 100
    return file


def _check_room(by: UUID, more: int) -> None:
    """Uploads of one person queue here, or several at once would pass together."""
    limits = conf.file_limits()
    list(User.objects.select_for_update(no_key=True).filter(pk=by).values_list("pk"))
    if files.bytes_of(by) + more > limits.all_bytes:
        raise FileRefused(
            f"Your files may take {limits.all_megabytes} MB together, and this one "
            "does not fit any more. Delete conversations with files you do not need.",
            "no_room",
            413,
        )


def _unsupported(sentence: str) -> FileRefused:
    return FileRefused(sentence, "unsupported", 415)


def _ending(media_type: str) -> str:
    names = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}
    short = names | {"image/webp": "WebP", "image/gif": "GIF"}
    return short.get(media_type, "Word")
