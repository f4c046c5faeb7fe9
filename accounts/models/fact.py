"""What is known about a person: core memory."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import keyring
from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7


class Fact(models.Model):
    """A profile fact. It is never changed: another value is another row, and the row
    before it has ``ended``. What ended is kept a short while, so it can be undone.
    """

    class Source(models.TextChoices):
        PERSON = "person", "You"
        MODEL = "model", "The assistant, in a conversation"
        TALK = "talk", "Learned from a conversation"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="facts"
    )
    key = SealedTextField()
    value = SealedTextField()
    key_hash = models.CharField(max_length=64)  # keyed, per person: finds the same key
    importance = models.FloatField(default=0.5)  # 0 to 1
    source = models.CharField(max_length=6, choices=Source, default=Source.PERSON)
    source_message = models.UUIDField(null=True)
    pinned = models.BooleanField(default=False)
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now, editable=False)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "key_hash"],
                condition=Q(ended__isnull=True),
                name="one_current_fact_per_key",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    def sealing_key(self) -> bytes:
        return keyring.data_key(self.owner_id)
