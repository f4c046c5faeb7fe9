"""Telling the audit log that a stored text could not be opened."""

from __future__ import annotations

from django.apps import apps
from django.db import transaction

from accounts.audit import record
from chatsite.lib.unreadable import notes


def record_some() -> int:
    """An event for each row that is still there: with a person who is erased their key
    goes, and shortly what it sealed. How many.
    """
    with transaction.atomic():
        there = [
            (kind, key)
            for kind, key in notes.take()
            if apps.get_model(kind)._default_manager.filter(pk=key).exists()
        ]
        for subject in there:
            record("conversations.unreadable", subject=subject)
    return len(there)
