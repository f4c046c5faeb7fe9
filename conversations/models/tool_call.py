"""One call of a tool that a model asked for in a turn."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7
from conversations.models.owned import Owned


class ToolCall(Owned):
    class Status(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    turn = models.ForeignKey("conversations.Turn", models.CASCADE, related_name="calls")
    call_id = models.CharField(max_length=120)  # the model's name for it
    name = models.CharField(max_length=64)
    offset = models.PositiveIntegerField()  # of the reply's text where it was asked for
    input = SealedTextField(compress=True, private="json")  # JSON
    output = SealedTextField(compress=True)
    short = SealedTextField()  # what stays in later prompts; "" when that is the output
    tokens = models.PositiveIntegerField(
        default=0
    )  # of call and what stays, in a prompt
    status = models.CharField(max_length=9, choices=Status, default=Status.RUNNING)
    redacted = models.JSONField(null=True)  # of the output: {"EMAIL": 2}
    created = models.DateTimeField(default=timezone.now, editable=False)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"
