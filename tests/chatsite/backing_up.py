"""The commands of backups, in tests."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command


def run(command: str, *words: Any) -> str:
    out = StringIO()
    call_command(command, *map(str, words), stdout=out)
    return out.getvalue()


def restore(place: Path, *words: Any) -> str:
    return run("restore", place, "--yes", *words)
