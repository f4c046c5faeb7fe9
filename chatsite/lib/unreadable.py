"""Rows with a value that could not be opened: noted when somebody reads them, and kept
until they are recorded. Reading itself writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Lock

AT_MOST = 100  # a day; whoever has more has one cause for all of them


class Notes:
    """Each row once a day."""

    def __init__(
        self, today: Callable[[], date] = lambda: datetime.now(UTC).date()
    ) -> None:
        self._today, self._lock = today, Lock()
        self._day: date | None = None
        self._known: set[tuple[str, str]] = set()
        self._fresh: list[tuple[str, str]] = []

    def add(self, kind: str, key: str) -> None:
        with self._lock:
            if self._day != (now := self._today()):
                self._day, self._known = now, set()
            if (kind, key) not in self._known and len(self._known) < AT_MOST:
                self._known.add((kind, key))
                self._fresh.append((kind, key))

    def take(self) -> list[tuple[str, str]]:
        """Those that nobody took yet."""
        with self._lock:
            taken, self._fresh = self._fresh, []
        return taken


notes = Notes()
