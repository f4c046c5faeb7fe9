"""One thing that can be found: a message, a title, a passage of a file."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from conversations.models.owned import Owned
from conversations.models.terms_field import TermsField

FORMAT = 2  # of the terms; what has an older one is indexed again


class IndexEntry(Owned):
    """What of it can be found are keyed hashes only: who has not the person's data key
    learns no word. It goes with what it stands for, and the database's own index with
    it, in the same statement.

    Entries of what is said later have greater numbers, but for what is indexed late.
    """

    class Kind(models.TextChoices):
        MESSAGE = "m"
        TITLE = "t"
        PASSAGE = "p"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=1, choices=Kind)
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, null=True, related_name="+"
    )
    message = models.OneToOneField(
        "conversations.Message", models.CASCADE, null=True, related_name="entry"
    )
    passage = models.OneToOneField(
        "conversations.Passage", models.CASCADE, null=True, related_name="entry"
    )
    role = models.CharField(max_length=9, blank=True)  # who said it
    said = models.DateTimeField()
    length = models.PositiveIntegerField()  # terms it has, each as often as it is said
    terms = TermsField()
    format = models.PositiveSmallIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["owner_id", "id"], name="entries_of_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(kind="t"), name="one_title_entry"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
