"""One attempt to answer, and the log of the reply while it grows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7
from conversations.models.owned import Owned


class Turn(Owned):
    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"
        FAILED = "failed"
        COMPLETE = "complete"

    LIVE = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation",
        models.CASCADE,
        related_name="turns",
        db_index=False,  # the index below begins with it
    )
    message = models.ForeignKey(  # the reply
        "conversations.Message", models.CASCADE, related_name="turns"
    )
    status = models.CharField(max_length=11, choices=Status, default=Status.QUEUED)
    model = models.CharField(max_length=120)
    strategy = models.CharField(max_length=16)
    receipt = SealedTextField(compress=True, private="no")  # as sent, redacted
    revision = models.PositiveSmallIntegerField(default=0)  # changes while it waited

    # who runs it; a runner that stops beating is taken for dead
    runner = models.UUIDField(null=True)
    heartbeat = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # since the reply last grew
    stop_requested = models.DateTimeField(null=True)
    stop_seen = models.PositiveIntegerField(null=True)  # characters the person saw

    created = models.DateTimeField(default=timezone.now, editable=False)
    started = models.DateTimeField(null=True)
    first_token = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    reserved_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    error_code = models.CharField(max_length=20, blank=True)
    error_sentence = models.CharField(max_length=300, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(status="running"),
                name="one_running_turn_per_conversation",
            )
        ]
        # not partial ones: SQLite cannot tell that a query's parameters fit a condition
        indexes = [
            models.Index(fields=["status", "heartbeat"], name="turns_by_status"),
            models.Index(
                fields=["conversation", "status"], name="turns_of_conversation"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class TurnChunk(Owned):
    """The part of a running reply that one checkpoint added, from ``offset`` on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    turn = models.ForeignKey(
        Turn, models.CASCADE, related_name="chunks", db_index=False
    )
    offset = models.PositiveIntegerField()  # in code points
    text = SealedTextField(private="piece")

    class Meta:
        ordering = ["offset"]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "offset"], name="one_chunk_per_offset"
            )
        ]

    def __str__(self) -> str:
        return f"{self.turn_id}@{self.offset}"
