"""Addresses of what was said and written, for whoever refers to it."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse


def link_to_message(conversation_id: UUID, message_id: UUID) -> str:
    """Opens the conversation at the message, on whichever branch it is."""
    page = reverse("conversation", args=[conversation_id])
    return f"{page}?at={message_id}#m-{message_id}"


def link_to_passage(file_id: UUID, number: int) -> str:
    """Shows a passage of a file's text."""
    return reverse("file_passage", args=[file_id, number])
