"""What models cost, what was spent on them, and who may spend how much."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from chatsite.lib.ids import uuid7
from conversations.models.owned import Owned

USD = {"max_digits": 14, "decimal_places": 8, "default": 0}


class LanguageModel(models.Model):
    """A model that people may choose: its window and price. Prices are USD per million
    tokens; a turn is charged at the price of the moment it was begun.
    """

    name = models.CharField(max_length=120, unique=True)
    label = models.CharField(max_length=80, blank=True)
    window = models.PositiveIntegerField("context window, tokens", default=128_000)
    reply_limit = models.PositiveIntegerField(
        "longest reply, tokens", null=True, blank=True
    )
    encoding = models.CharField(max_length=40, default="o200k_base")
    input_price = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    cached_price = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    output_price = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    calls_tools = models.BooleanField("can call tools", default=True)
    sees_images = models.BooleanField("can see images", default=False)
    offered = models.BooleanField("people may choose it", default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or self.name


class Charge(Owned):
    """A call of a model that is no reply: a title, a summary, facts. Replies carry
    their own cost (``Turn.cost_usd``).
    """

    class Kind(models.TextChoices):
        TITLE = "title"
        SUMMARY = "summary"
        FACTS = "facts"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="charges"
    )
    turn_id = models.UUIDField(null=True, db_index=True)  # after which it was made
    kind = models.CharField(max_length=10, choices=Kind)
    model = models.CharField(max_length=120)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(**USD)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Spending(models.Model):
    """What one person spent in one month (UTC), replies and background calls alike.
    It outlives the conversations it was spent on.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="spending"
    )
    month = models.DateField()  # its first day
    spent_usd = models.DecimalField(**USD)
    background_usd = models.DecimalField(**USD)  # the part that was no reply
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cached_tokens = models.PositiveBigIntegerField(default=0)
    turns = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-month"]
        verbose_name_plural = "spending"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "month"], name="one_row_per_person_and_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.month:%Y-%m}"
