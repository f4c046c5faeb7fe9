"""What stands for a person's data in what is stored and sent."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from chatsite.lib.ids import uuid7
from conversations.models.owned import Owned


class Placeholder(Owned):
    """``[EMAIL_3]``, say: the same original has the same number, for one person.

    ``original`` is "" under the policy ``mask``: only the keyed hash is kept, which
    tells whether a value has been seen, and falls with the person's key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(
        max_length=16
    )  # EMAIL, PHONE, … as core.redaction names them
    number = models.PositiveIntegerField(null=True)  # null: masked, it has none
    original_hash = models.CharField(max_length=64)  # keyed, per person
    original = SealedTextField(private="no")
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "kind", "number"], name="one_placeholder_a_number"
            ),
            models.UniqueConstraint(
                fields=["owner_id", "kind", "original_hash"],
                name="one_placeholder_an_original",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
