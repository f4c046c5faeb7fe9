"""The one-time link with which the first administrator introduces themselves."""

from django.db import models
from django.utils import timezone


class SetupLink(models.Model):
    """Only the hash of the link's token is stored; there is at most one link."""

    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"set-up link of {self.created:%Y-%m-%d %H:%M}"
