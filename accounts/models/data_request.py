"""An export or an erasure, from the wish to its proof."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import keyring


class TakenOver(Exception):
    """Whoever works on it was taken for dead, or it was called off: let go of it."""


class DataRequest(models.Model):
    """It outlives the person: what it then says of them is their pseudonym."""

    class Kind(models.TextChoices):
        EXPORT = "export"
        ERASE = "erase"

    class Origin(models.TextChoices):
        PERSON = "person", "The person, in the settings"
        ADMIN = "admin", "An administrator"
        COMMAND = "command", "The command line"

    class Status(models.TextChoices):
        WAITING = "waiting"  # until ``not_before``: the grace period
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN = (Status.WAITING, Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=6, choices=Kind)
    origin = models.CharField(max_length=7, choices=Origin)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    # names what is left of them to a resumed erasure; null when that is done
    person_id_was = models.UUIDField(null=True)
    pseudonym = models.UUIDField()  # of the person, in the audit log
    asked_by = models.UUIDField(null=True)  # a pseudonym; null: the command line
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    created = models.DateTimeField(default=timezone.now, editable=False)
    due = models.DateTimeField()  # GDPR article 12(3): one month
    not_before = models.DateTimeField(null=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    step = models.CharField(max_length=64, blank=True)  # what is being done
    done = models.PositiveBigIntegerField(default=0)  # rows, of ``total``
    total = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)  # rows by kind of data
    notes = models.JSONField(default=dict)  # for who resumes an erasure; then emptied
    certificate = models.JSONField(null=True)  # signed, of an erasure that is done
    problem = models.CharField(max_length=300, blank=True)  # for who asked
    attempts = models.PositiveSmallIntegerField(default=0)
    runner = models.UUIDField(null=True)  # the process that works on it …
    heartbeat = models.DateTimeField(null=True)  # … and lived then
    # of an export: how long it waits for its one download
    expires = models.DateTimeField(null=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    downloaded = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(fields=["status", "due"], name="data_requests_to_do"),
            models.Index(fields=["person_id_was", "kind"], name="data_requests_of"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person_id_was", "kind"],
                condition=Q(status__in=["waiting", "queued", "running"]),
                name="one_open_request_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def hold_on(self, *also: str) -> None:
        """Live, and keep what else was set; by compare-and-set, so nobody who was taken
        for dead writes on. In a transaction, nobody takes it over until its end.
        Raises ``TakenOver``.
        """
        self.heartbeat = timezone.now()
        told = {name: getattr(self, name) for name in ("heartbeat", *also)}
        mine = DataRequest.objects.filter(
            id=self.id, runner=self.runner, status=self.Status.RUNNING
        )
        if not mine.update(**told):
            raise TakenOver


class ExportPart(models.Model):
    """A piece of an export's zip, sealed: pieces are bounded, none fills the memory."""

    request = models.ForeignKey(DataRequest, models.CASCADE, related_name="parts")
    owner_id = models.UUIDField(editable=False)  # whose key seals it
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "number"], name="one_export_part_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.request_id}"

    def sealing_key(self) -> bytes:
        return keyring.data_key(self.owner_id)
