"""One item of a conversation."""

from __future__ import annotations

from django.db import models
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
    html = SealedTextField(compress=True)  # of a finished reply, by this renderer:
    html_version = models.PositiveSmallIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.id)
