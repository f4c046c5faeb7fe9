"""What stands for the older part of a branch in a prompt."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7
from conversations.models.owned import Owned


class Summary(Owned):
    """One version of a running summary. It holds for every branch that goes through
    ``covers``, the last message it speaks of; the newest such version counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="summaries"
    )
    covers = models.ForeignKey(
        "conversations.Message", models.CASCADE, related_name="+"
    )
    covered = models.PositiveIntegerField()  # messages it stands for: depth of covers
    text = SealedTextField()
    tokens = models.PositiveIntegerField()
    source_tokens = models.PositiveIntegerField()  # of what it stands for
    version = models.PositiveIntegerField()
    edited = models.BooleanField(default=False)  # by the person, in its own words
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "version"], name="one_summary_per_version"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
