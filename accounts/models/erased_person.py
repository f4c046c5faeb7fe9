"""Who must not come back when a backup does."""

from django.db import models
from django.utils import timezone


class ErasedPerson(models.Model):
    """Lives with the data keys, apart from the content that backups bring back. Only a
    random id is left of the person, which means nothing without a backup.
    """

    user_id = models.UUIDField(primary_key=True)
    pseudonym = models.UUIDField()
    request_id = models.UUIDField()  # the last that erased them
    key = models.CharField(max_length=16, blank=True)  # fingerprint of what is gone
    erased = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "erased people"
        ordering = ["erased"]

    def __str__(self) -> str:
        return str(self.user_id)
