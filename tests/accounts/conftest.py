"""An audit log to attack, with its checkpoints in a place of its own."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from accounts.audit import checkpoint, record
from accounts.models import AuditEvent
from tests.accounts.audit_attacks import MANY


@pytest.fixture
def elsewhere(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def log(db: None, elsewhere: None) -> list[AuditEvent]:
    """Seven events, each of another kind of act, and a checkpoint of the last."""
    acts = ["signed_in", "signed_out", "password_changed", "signed_up"]
    for number in range(MANY):
        some = ("conversations.conversation", str(uuid.uuid4()))
        record(f"accounts.{acts[number % len(acts)]}", subject=some, n=number)
    checkpoint()
    return list(AuditEvent.objects.all())
