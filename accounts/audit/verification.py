"""How the log was found the last time that all of it was verified.

Kept beside the checkpoints, outside the database, and signed: whoever can change the
log cannot say that it is whole. It goes on a piece at a time, whoever calls ``go_on``.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.audit import checkpoints, keys
from accounts.audit.chain import stamp
from accounts.audit.verifying import Report, Walk
from accounts.models import AuditEvent

log = logging.getLogger(__name__)
KIND = "verification"
PIECE = 10_000  # events; half a second
EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class State:
    """``finished`` is None while it goes on; ``before`` is when it last had been."""

    begun: datetime
    finished: datetime | None
    total: int  # events when it began
    report: Report

    @property
    def percent(self) -> int:
        return min(99, 100 * self.report.events // max(1, self.total))


def path() -> Path:
    return checkpoints.path().with_name("verification.json")


def state() -> State | None:
    """None before the first time, and when the file is not ours."""
    told = _read()
    if told is None:
        return None
    left = dict(told["left"])
    del left["head"], left["through"]
    finished = told["finished"] and datetime.fromisoformat(told["finished"])
    begun = datetime.fromisoformat(told["begun"])
    return State(begun, finished or None, told["total"], Report(**left))


def begin() -> None:
    """From the start; ``go_on`` does the work."""
    told = {"begun": stamp(timezone.now()), "total": AuditEvent.objects.count()}
    _write(told | {"finished": "", "left": Walk(_signed()).left()})


def go_on(piece: int = PIECE) -> bool:
    """Look at a piece, if a verification is under way; whether there is more."""
    told = _read()
    if told is None or told["finished"]:
        return False
    walk = Walk(_signed(), told["left"])
    more = walk.go_on(piece)
    told |= {"left": walk.left(), "finished": "" if more else stamp(timezone.now())}
    _write(told)
    if not more and walk.report.found:
        log.error("the audit log is not as it was written: manage.py verifyaudit")
    return more


def keep_up() -> bool:
    """Once a day, and what was begun: for the upkeep. Whether there is more to do."""
    known = state()
    if known is None or (known.finished and timezone.now() - known.begun > EVERY):
        begin()
    return go_on()


def _signed() -> list[checkpoints.Checkpoint | None]:
    file = checkpoints.path()
    return list(checkpoints.read(file)) if file.is_file() else []


def _read() -> dict[str, Any] | None:
    try:
        told = json.loads(path().read_text())
        signature = told.pop("signature")
        good = keys.is_signed(KIND, told, signature)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return told if good else None


def _write(told: dict[str, Any]) -> None:
    """In one step: a reader sees the state before it or the one after."""
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(told | {"signature": keys.sign(KIND, told)}))
    fresh.chmod(0o600)
    fresh.replace(file)
