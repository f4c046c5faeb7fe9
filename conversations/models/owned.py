"""What every row of content has in common: an owner whose key seals it."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models

from accounts import keyring


class Owned(models.Model):
    """``owner_id`` is repeated on every row: it names the key, and each query filters
    by it. Rows go when their conversation goes, so it needs no constraint of its own.
    """

    owner_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True

    def sealing_key(self) -> bytes:
        return keyring.data_key(self.owner_id)

    def text_elsewhere(self, field: Any, reference: bytes) -> str:
        """What cold storage has in the field's place; raises ``CannotOpen``."""
        parts = apps.get_model("conversations.ColdPart")
        return parts.text_of(self, field, reference)
