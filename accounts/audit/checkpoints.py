"""Signed statements of how far the log was at a moment, kept outside the database.

Without one, whoever can write the database's files could cut off the end of the log.
A line is appended after so many events, and by ``conversations.upkeep`` after so many
minutes; shipped off the machine, it holds against whoever takes the machine over too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.audit import keys
from accounts.audit.chain import stamp
from accounts.models import AuditEvent

EVERY = 1_000  # events
LINE = 1_000  # bytes; a line has half of them
KIND = "checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    seq: int
    head: str
    time: str
    key: str  # which key signed it
    signature: str

    def is_good(self) -> bool:
        statement = asdict(self)
        return keys.is_signed(KIND, statement, statement.pop("signature"))


def path() -> Path:
    return Path(settings.VAR_DIR) / "audit" / "checkpoints.jsonl"


def checkpoint() -> Checkpoint | None:
    """Write one of the log's present end; None when the last one told the same."""
    newest = AuditEvent.objects.order_by("-seq").values_list("seq", "hash").first()
    if newest is None or _told(newest[1]):
        return None
    return write(*newest)


def write(seq: int, head: str) -> Checkpoint:
    """Append one, in a single write, so that processes do not mix their lines."""
    told: dict[str, Any] = {
        "seq": seq,
        "head": head,
        "time": stamp(timezone.now()),
        "key": keys.fingerprint(),
    }
    made = Checkpoint(**told, signature=keys.sign(KIND, told))
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, json.dumps(asdict(made)).encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return made


def last() -> Checkpoint | None:
    """The one that was written last, here."""
    if not path().exists():
        return None
    with path().open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - LINE))
        lines = file.read().splitlines()
    return _parsed(lines[-1].decode()) if lines else None


def read(file: Path) -> Iterator[Checkpoint | None]:
    """Each line; None for one that is no checkpoint."""
    with file.open() as lines:
        for line in lines:
            yield _parsed(line)


def _parsed(line: str) -> Checkpoint | None:
    try:
        found = Checkpoint(**json.loads(line))
    except (ValueError, TypeError):
        return None
    typed = isinstance(found.seq, int) and isinstance(found.signature, str)
    return found if typed else None


def _told(head: str) -> bool:
    """Whether the file ends with a checkpoint of this head."""
    newest = last()
    return newest is not None and newest.head == head
