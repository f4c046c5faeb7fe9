"""One item of a conversation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7
from conversations.models.owned import Owned


class Message(Owned):
    """A node of the conversation's tree: an edit or a new try is a sibling, and what
    was said is never overwritten.
    """

    class Role(models.TextChoices):
        SYSTEM = "system"
        USER = "user"
        ASSISTANT = "assistant"
        TOOL = "tool"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="messages"
    )
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, related_name="children"
    )
    depth = models.PositiveIntegerField(default=1)  # place on its branch, from 1
    role = models.CharField(max_length=9, choices=Role)
    body = SealedTextField()
    # of a finished reply, by this renderer; of none with originals
    html = SealedTextField(compress=True, private="no")
    html_version = models.PositiveSmallIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)
    pinned_at = models.DateTimeField(null=True)  # it goes with every turn of its branch
    excluded = models.BooleanField(default=False)  # it goes with none
    redacted = models.JSONField(null=True)  # how much of which kind: {"EMAIL": 2}
    jump = models.ForeignKey(  # an ancestor further up: see services/ancestry.py
        "self",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["conversation", "pinned_at"],
                condition=Q(pinned_at__isnull=False),
                name="messages_pinned",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
