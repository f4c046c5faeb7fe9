"""What a person attached: the file, sealed, and the passages of its text."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7
from conversations.models.owned import Owned


class File(Owned):
    """A file, from its upload on. It has no message until it is sent with one; what is
    never sent goes after a day. The name is what somebody's computer called it, and
    is never used as a path.
    """

    class Kind(models.TextChoices):
        TEXT = "text"
        MARKDOWN = "markdown"
        CODE = "code"
        CSV = "csv"
        PDF = "pdf"
        DOCX = "docx"
        IMAGE = "image"

    class Status(models.TextChoices):
        WAITING = "waiting"  # for its text to be read
        READING = "reading"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, null=True, related_name="files"
    )
    message = models.ForeignKey(
        "conversations.Message", models.CASCADE, null=True, related_name="files"
    )
    name = SealedTextField()
    name_hash = models.CharField(max_length=64)  # keyed: finds the same name again
    digest = models.CharField(max_length=64)  # keyed: finds the same content again
    replaces = models.ForeignKey(  # the version before, of the same name
        "self", models.SET_NULL, null=True, related_name="replaced_by"
    )
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=8, choices=Kind)
    media_type = models.CharField(max_length=100)  # as sniffed, not as told
    size = models.PositiveBigIntegerField()  # bytes
    pages = models.PositiveIntegerField(null=True)
    width = models.PositiveIntegerField(null=True)  # of an image, in pixels
    height = models.PositiveIntegerField(null=True)
    tokens = models.PositiveIntegerField(default=0)  # of its text
    status = models.CharField(
        max_length=7, choices=Status, default=Status.WAITING, db_index=True
    )
    done = models.PositiveSmallIntegerField(default=0)  # percent of the reading
    problem = models.CharField(max_length=300, blank=True)  # for the person
    redacted = models.JSONField(null=True)  # of its text: {"EMAIL": 2}
    reader = models.UUIDField(null=True)  # the process that reads it …
    heartbeat = models.DateTimeField(null=True)  # … and lived then
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created", "id"]
        indexes = [
            models.Index(
                fields=["owner_id", "name_hash", "-created"], name="files_of_a_name"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class FilePart(Owned):
    """A piece of a file's bytes, sealed; pieces are bounded so that none fills the
    memory.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(File, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_part_a_number")
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.file_id}"


class Passage(Owned):
    """A stretch of a file's text that can be found, sent and cited by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(File, models.CASCADE, related_name="passages")
    number = models.PositiveIntegerField()  # from 1
    page = models.PositiveIntegerField(null=True)  # where the file has pages
    body = SealedTextField(compress=True)
    tokens = models.PositiveIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "number"], name="one_passage_a_number"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
