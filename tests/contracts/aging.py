"""Conversations of any age, and all that lies in the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone

from accounts.models import AuditEvent
from conversations.models import Conversation
from conversations.services import expiring
from tests.factories import create_conversation, create_message, create_reply

NOW = timezone.now()
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
APPS = ("conversations", "accounts")
# a run is recorded; and what lies in the other database
CHANGING = {"auditevent", "datakey", "erasedperson"}


def aged(owner, *, made: timedelta, used: timedelta | None = None, **fields):
    """A conversation made and last used so long ago, with something of each kind."""
    talk = create_conversation(owner, created=NOW - made, **fields)
    create_message(talk, "Where is the harbour?")
    create_reply(talk, "In Odda.")
    used = made if used is None else used
    Conversation.objects.filter(id=talk.id).update(updated=NOW - used)
    return talk


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as it lies in the database."""
    return {
        name: sorted(model.objects.values_list(), key=repr)
        for label in APPS
        for name, model in apps.get_app_config(label).models.items()
        if name not in CHANGING
    }


def expire_all(now=NOW) -> dict[str, int]:
    gone: dict[str, int] = {}
    while some_gone := expiring.expire_some(now):
        for name, count in some_gone.items():
            gone[name] = gone.get(name, 0) + count
    return gone


def runs() -> list[dict[str, Any]]:
    ran = AuditEvent.objects.filter(action="accounts.retention_ran")
    return [event.details for event in ran.order_by("seq")]
