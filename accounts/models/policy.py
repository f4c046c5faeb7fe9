"""What an administrator decided for the site, over its settings."""

from django.db import models


class Policy(models.Model):
    """``accounts.policies`` is the way to read them, and knows which there are."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name
