"""What was answered to a client's request, so that repeating it is harmless."""

from django.db import models
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from conversations.models.owned import Owned


class Acknowledgement(Owned):
    """One per request that changed something; the client made ``request_id``."""

    request_id = models.UUIDField()
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, null=True
    )
    message_id = models.UUIDField(null=True)
    turn_id = models.UUIDField(null=True)
    notice = SealedTextField(null=True)  # what a command answered
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "request_id"], name="one_answer_per_request"
            )
        ]

    def __str__(self) -> str:
        return str(self.request_id)
