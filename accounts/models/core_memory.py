"""What is always told to the model, in blocks that it may edit itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import keyring
from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7


class CoreMemory(models.Model):
    """One version of a block; the newest of its label is in force. The idea is that of
    MemGPT (Packer et al. 2023): a persona and a human block.
    """

    class Label(models.TextChoices):
        ASSISTANT = "assistant", "How the assistant is with you"
        PERSON = "person", "What it knows of you"

    class Source(models.TextChoices):
        PERSON = "person", "You"
        MODEL = "model", "The assistant, in a conversation"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="core_memory"
    )
    label = models.CharField(max_length=9, choices=Label)
    version = models.PositiveIntegerField()
    text = SealedTextField()
    source = models.CharField(max_length=6, choices=Source, default=Source.PERSON)
    source_message = models.UUIDField(null=True)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "label", "version"], name="one_version_of_a_block"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    def sealing_key(self) -> bytes:
        return keyring.data_key(self.owner_id)
