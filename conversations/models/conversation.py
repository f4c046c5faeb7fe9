"""One thread of talk."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import keyring
from chatsite.lib.fields import SealedTextField


class Conversation(models.Model):
    class TitleSource(models.TextChoices):
        FIRST_WORDS = "words"
        MODEL = "model"
        PERSON = "person"  # never overwritten by the others

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="conversations",
        db_index=False,  # every index below begins with it
    )
    title = SealedTextField()
    title_source = models.CharField(
        max_length=6, choices=TitleSource, default=TitleSource.FIRST_WORDS
    )
    system_prompt = SealedTextField()
    model = models.CharField(max_length=120, blank=True)  # "" follows the site
    strategy = models.CharField(max_length=16, blank=True)  # "" follows the site
    temporary = models.BooleanField(default=False)  # never touches facts or memory
    uses_facts = models.BooleanField("uses profile facts", default=True)
    recalls = models.BooleanField("is part of memory", default=True)
    summarises = models.BooleanField("keeps a running summary", default=True)
    head = models.ForeignKey(
        "conversations.Message",
        models.SET_NULL,
        null=True,
        related_name="+",
    )
    message_count = models.PositiveIntegerField(default=0)
    token_count = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField("last active", default=timezone.now)
    replied_at = models.DateTimeField(null=True, editable=False)  # unread when later …
    read_at = models.DateTimeField(null=True, editable=False)  # … than this
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    cold_at = models.DateTimeField(null=True, editable=False)  # texts: ColdParts

    class Meta:
        ordering = ["-updated", "-id"]
        indexes = [
            models.Index(
                fields=["owner", "-updated", "-id"], name="conversation_by_activity"
            ),
            models.Index(
                fields=["owner", "-created", "-id"], name="conversation_by_birth"
            ),
            models.Index(
                fields=["owner", "-message_count", "-id"], name="conversation_by_size"
            ),
            models.Index(
                fields=["owner", "-pinned_at"],
                condition=Q(pinned_at__isnull=False),
                name="conversation_pinned",
            ),
            models.Index(
                fields=["updated"],
                condition=Q(cold_at__isnull=True),
                name="conversation_warm",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unread(self) -> bool:
        """Whether a reply ended that no tab of the owner's was watching."""
        if self.replied_at is None:
            return False
        return self.read_at is None or self.read_at < self.replied_at

    def sealing_key(self) -> bytes:
        return keyring.data_key(self.owner_id)
