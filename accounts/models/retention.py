"""How long things are kept, and what is kept nevertheless."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class RetentionRule(models.Model):
    """What an administrator decided for a class of data; a class without a row follows
    the settings.
    """

    class Class(models.TextChoices):
        TEMPORARY = "temporary", "Temporary conversations"
        NORMAL = "normal", "Conversations"
        PINNED = "pinned", "Pinned conversations"
        FILES = "files", "Files"
        MEMORIES = "memories", "Memories"
        TRASH = "trash", "Trash"
        AUDIT = "audit", "Audit log"
        COLD = "cold", "Idle conversations, until they move to cold storage"

    class Mode(models.TextChoices):
        SLIDING = "sliding", "since it was last used"
        FIXED = "fixed", "since it was made"

    data_class = models.CharField(
        "class of data", max_length=9, choices=Class, primary_key=True
    )
    days = models.PositiveIntegerField(null=True, blank=True)  # null: for ever
    mode = models.CharField(max_length=7, choices=Mode, default=Mode.SLIDING)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["data_class"]

    def __str__(self) -> str:
        return self.get_data_class_display()


class LegalHold(models.Model):
    """Nothing of this person's expires or is erased while it lasts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="legal_holds"
    )
    reference = models.CharField(max_length=80)  # of the case; never why
    placed_by = models.UUIDField(null=True)  # a pseudonym
    placed = models.DateTimeField(default=timezone.now, editable=False)
    lifted = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-placed"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "reference"],
                condition=Q(lifted__isnull=True),
                name="one_hold_a_case",
            )
        ]

    def __str__(self) -> str:
        return self.reference
