"""Opening a conversation, in tests."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from conversations.models import BreakGlass, Conversation

WHY = {"reason": "abuse", "reference": "T-17"}
MARKER = "Quokkas at midnight"


def ask_page(talk: Conversation) -> str:
    return reverse("admin:break_glass", args=[talk.id])


def read_page(reading: BreakGlass) -> str:
    return reverse("admin:read_by_staff", args=[reading.id])


def opened(client: Client, talk: Conversation, **why: str) -> BreakGlass:
    response = client.post(ask_page(talk), WHY | why)
    assert response.status_code == 302
    reading = BreakGlass.objects.latest("opened")
    assert response.url == read_page(reading)
    return reading


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=f"conversations.{action}"))
