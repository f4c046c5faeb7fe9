"""A browser's session, and what tells a person which of their devices it is."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


class DeviceQuerySet(models.QuerySet["Device"]):
    def alive(self) -> DeviceQuerySet:
        """Neither idle for too long, nor too old, nor as old as it was to become."""
        now = timezone.now()
        return self.filter(
            expires__gt=now,
            last_seen__gt=now - timedelta(days=settings.SESSION_IDLE_DAYS),
            created__gt=now - timedelta(days=settings.SESSION_DAYS),
        )


class Device(models.Model):
    """One row a session, of strangers too. The cookie holds a key and the row its hash:
    who reads the database has nobody's session.
    """

    class How(models.TextChoices):
        UNKNOWN = "", "Unknown"
        PASSWORD = "password", "Password"
        PASSKEY = "passkey", "Passkey"
        PROVIDER = "provider", "Single sign-on"
        MAIL = "mail", "Email"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    data = models.TextField(editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="devices",
    )
    auth_hash = models.CharField(max_length=64, blank=True, editable=False)
    how = models.CharField(max_length=8, choices=How, blank=True, default=How.UNKNOWN)
    agent = models.CharField(max_length=60, blank=True)  # "Firefox on Linux"
    agent_hash = models.CharField(max_length=64, blank=True, editable=False)
    network = models.CharField(max_length=43, blank=True)  # a /24 or a /48
    created = models.DateTimeField("signed in", default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen", "-id"]

    def __str__(self) -> str:
        return self.agent or "Unknown device"
