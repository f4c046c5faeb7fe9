"""Leave to read what somebody else said: with a reason, for a while, told to them."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone


class BreakGlass(models.Model):
    class Reason(models.TextChoices):
        REQUEST = "request", "The person asked for help"
        SECURITY = "security", "A security incident"
        LEGAL = "legal", "A legal obligation"
        ABUSE = "abuse", "A report of abuse"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    reader_pseudonym = models.UUIDField()
    conversation = models.ForeignKey(
        # what was read may go; that it was read stays
        "conversations.Conversation",
        models.SET_NULL,
        null=True,
        related_name="readings",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="read_by_others"
    )
    reason = models.CharField(max_length=8, choices=Reason)
    reference = models.CharField(max_length=80)  # of the case
    opened = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField()
    closed = models.DateTimeField(null=True)
    pages_read = models.PositiveIntegerField(default=0)
    notice_seen = models.DateTimeField(null=True)  # by the owner

    class Meta:
        ordering = ["-opened"]
        verbose_name = "reading by somebody else"
        verbose_name_plural = "readings by somebody else"
        indexes = [
            models.Index(fields=["owner", "-opened"], name="readings_of_owner"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def over(self) -> datetime:
        """When it was closed, or is by itself."""
        return self.closed or self.until
