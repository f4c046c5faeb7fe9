"""The same file again: by its content, or by its name as a newer version.

Names and contents are compared by keyed hashes, so the database tells nobody who has
not the person's key which file somebody has.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet

from accounts import keyring
from conversations.core.file_names import same_name
from conversations.models import Conversation, File

_PURPOSE = b"conversations.files"


class Marks:
    """Makes a person's keyed hashes; raises ``CannotOpen`` without their key."""

    def __init__(self, owner: UUID) -> None:
        self._key = hmac.digest(keyring.data_key(owner), _PURPOSE, "sha256")

    def of_name(self, name: str) -> str:
        return self._keyed(b"name", [same_name(name).encode()])

    def of_content(self, parts: Iterable[bytes]) -> str:
        return self._keyed(b"content", parts)

    def _keyed(self, what: bytes, parts: Iterable[bytes]) -> str:
        made = hmac.new(self._key, what + b"|", hashlib.sha256)
        for part in parts:
            made.update(part)
        return made.hexdigest()


def same_content(file: File, conversation_id: UUID | None) -> File | None:
    """The latest other file of that content which was sent in the conversation; of
    what is not sent yet, without one.
    """
    others = _others(file, conversation_id).filter(digest=file.digest)
    return others.order_by("-created", "-id").first()


def number(files: Sequence[File], conversation_id: UUID) -> None:
    """Tell each of one person's ``files`` the version it is, in this order, after those
    of its name which were sent in the conversation. It is not stored. The same content
    again is no newer version.
    """
    latest = _latest(files, conversation_id)
    for file in files:
        before = latest.get(file.name_hash)
        if before is None:
            file.version, file.replaces = 1, None
        elif before.digest == file.digest:
            file.version, file.replaces_id = before.version, before.replaces_id
        else:
            file.version, file.replaces_id = before.version + 1, before.id
        latest[file.name_hash] = file


def _latest(but: Sequence[File], conversation_id: UUID) -> dict[str, File]:
    """By its name's hash, the latest version of what was sent before ``but``."""
    sent = File.objects.filter(
        owner_id__in={file.owner_id for file in but},
        conversation_id=conversation_id,
        name_hash__in={file.name_hash for file in but},
    ).exclude(id__in=[file.id for file in but])
    return {file.name_hash: file for file in sent.order_by("version", "created")}


def newer_than(file: File) -> File | None:
    """The latest version of a file that was sent in the same conversation since."""
    if file.conversation_id is None:
        return None
    named = _others(file, file.conversation_id).filter(
        name_hash=file.name_hash, version__gt=file.version
    )
    return named.order_by("-version", "-created").first()


def versions_of(file: File) -> list[File]:
    """All files of its name in its conversation, itself among them, newest first."""
    if file.conversation_id is None:
        return [file]
    named = File.objects.filter(
        owner_id=file.owner_id,
        conversation_id=file.conversation_id,
        name_hash=file.name_hash,
    )
    return list(named.order_by("-version", "-created"))


def latest_versions(conversation: Conversation) -> list[File]:
    """Of each name that was sent in a conversation the latest version, oldest first."""
    sent = File.objects.filter(
        owner_id=conversation.owner_id, conversation=conversation
    )
    latest: dict[str, File] = {}
    for file in sent.order_by("version", "created", "id"):
        latest[file.name_hash] = file
    return sorted(latest.values(), key=lambda file: (file.created, file.id))


def _others(file: File, conversation_id: UUID | None) -> QuerySet[File]:
    others = File.objects.filter(owner_id=file.owner_id).exclude(id=file.id)
    if conversation_id is None:
        return others.filter(message=None)
    return others.filter(conversation_id=conversation_id)
