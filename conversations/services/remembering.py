"""Rows that nearly every turn asks for and that change once in a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

FRESH = 5.0  # seconds that another process may not know of a change
T = TypeVar("T")


class Remembered(Generic[T]):
    """What ``read`` found, for a few seconds or until it is to be forgotten. What is
    being read while it is forgotten is not remembered.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._found: T | None = None
        self._until = 0.0
        self._version = 0

    def get(self) -> T:
        found = self._found
        if found is not None and time.monotonic() < self._until:
            return found
        version = self._version
        fresh = self._read()
        if version == self._version:
            self._found, self._until = fresh, time.monotonic() + FRESH
        return fresh

    def forget(self) -> None:
        self._version += 1
        self._found = None
