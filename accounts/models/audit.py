"""The audit log: who did what, when, chained so that a change of it shows.

The way to write it is ``accounts.audit.record``; triggers refuse everything else
(migration 0004).
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Pseudonym(models.Model):
    """A person's name in the log. It goes with them; what it stood for stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="pseudonym"
    )

    def __str__(self) -> str:
        return str(self.id)


class AuditEvent(models.Model):
    """One act. ``seq`` has no gaps; ``hash`` covers the row and the hash before it."""

    seq = models.BigIntegerField("number", primary_key=True)
    time = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=64)
    actor = models.UUIDField(null=True)  # a pseudonym; null: nobody who is signed in
    subject_kind = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    ip = models.CharField("network", max_length=43)  # never a whole address
    request_id = models.UUIDField(null=True)
    details = models.JSONField(default=dict)  # ids, numbers, names of settings
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["actor", "seq"], name="audit_by_actor"),
            models.Index(fields=["subject_id", "seq"], name="audit_by_subject"),
            models.Index(fields=["action", "seq"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class AuditAnchor(models.Model):
    """Where the log begins after what was too old has gone: signed, never changed."""

    seq = models.BigIntegerField(primary_key=True)  # of the last event that went
    head = models.CharField(max_length=64)  # its hash
    time = models.DateTimeField()
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"nothing up to {self.seq}"
