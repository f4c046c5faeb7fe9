"""Putting originals back into a reply while it streams."""

from __future__ import annotations

from .placeholders import begun_at
from .vault import Originals, restore


class Restorer:
    """Gives what was fed, restored. Held back is only an end that a placeholder may
    have begun in: at most ``placeholders.LONGEST - 1`` characters, mostly none.
    """

    def __init__(self, vault: Originals) -> None:
        self._vault = vault
        self._held = ""

    def feed(self, delta: str) -> str:
        text = self._held + delta
        cut = begun_at(text)
        self._held = text[cut:]
        return restore(text[:cut], self._vault)

    def end(self) -> str:
        held, self._held = self._held, ""
        return held
