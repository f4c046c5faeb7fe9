"""A progress bar for commands: one line in a terminal, a line a tenth elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

WIDTH = 30  # signs
OFTEN = 0.1  # seconds between two drawings in a terminal


class Progress:
    """``with Progress(stream, "Indexing", total) as bar: bar.add(batch)``"""

    def __init__(self, out: TextIO, what: str, total: int) -> None:
        self._out, self._what, self._total = out, what, total
        self._live = out.isatty()
        self._drawn, self._tenth = 0.0, 0
        self.done = 0

    def __enter__(self) -> Progress:
        self._draw()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._live:
            self._draw()
            self._out.write("\n")

    def add(self, count: int) -> None:
        self.done += count
        self._total = max(self._total, self.done)  # more may have come meanwhile
        tenth = self.done * 10 // max(1, self._total)
        if self._live and time.monotonic() - self._drawn >= OFTEN:
            self._draw()
        elif not self._live and tenth > self._tenth:
            self._tenth = tenth
            self._out.write(f"{self._line()}\n")
        self._out.flush()

    def _draw(self) -> None:
        if self._live:
            self._drawn = time.monotonic()
            self._out.write(f"\r{self._line()}")
            self._out.flush()

    def _line(self) -> str:
        total = max(1, self._total)
        full = WIDTH * self.done // total
        bar = "█" * full + "░" * (WIDTH - full)
        share = 100 * self.done // total if self._total else 100
        return f"{self._what} {bar} {share:3d} %  {self.done:,} of {self._total:,}"
