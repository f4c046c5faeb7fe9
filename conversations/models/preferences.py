"""What a person, or the organisation, wants of every new conversation."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from accounts import keyring
from chatsite.lib.fields import SealedTextField


class Preferences(models.Model):
    """One row per person who changed anything; "" follows the site."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="preferences",
    )
    model = models.CharField(max_length=120, blank=True)
    strategy = models.CharField(max_length=16, blank=True)
    system_prompt = SealedTextField()
    uses_facts = models.BooleanField("use profile facts", default=True)
    learns_facts = models.BooleanField("learn facts from talk", default=True)
    recalls = models.BooleanField("recall past conversations", default=True)
    monthly_budget_usd = models.DecimalField(  # null follows the site
        max_digits=10, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.owner_id}"

    def sealing_key(self) -> bytes:
        return keyring.data_key(self.owner_id)


class Preset(models.Model):
    """A system prompt that a person uses again and again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="presets"
    )
    name = SealedTextField()
    text = SealedTextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.id)

    def sealing_key(self) -> bytes:
        return keyring.data_key(self.owner_id)


class SharedPreset(models.Model):
    """A system prompt that the organisation offers to everybody. Nobody's secret."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    text = models.TextField(max_length=20_000)
    is_default = models.BooleanField("for new conversations", default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_preset",
            )
        ]

    def __str__(self) -> str:
        return self.name
