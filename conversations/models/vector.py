"""What an embedding model makes of something that can be found."""

from __future__ import annotations

from django.db import models

from conversations.models.owned import Owned


class Vector(Owned):
    """Sealed, because much of a text can be told from its vector. ``model`` is the name
    of the embedding model: vectors of two are never compared.
    """

    entry = models.OneToOneField(
        "conversations.IndexEntry",
        models.CASCADE,
        primary_key=True,
        related_name="vector",
    )
    model = models.CharField(max_length=120)
    sealed = models.BinaryField()  # int8, by services/vectors.py

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "model", "entry"], name="vectors_of_owner")
        ]

    def __str__(self) -> str:
        return f"vector of {self.entry_id}"
