"""The key that seals one person's content, itself wrapped by the master keys."""

from django.db import models
from django.utils import timezone


class DataKey(models.Model):
    """Lives in a database of its own; no foreign key can reach across to the person."""

    user_id = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField()
    created = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"key of {self.user_id}"
