"""Tokens that carry the time they were sent at, and what is read off them.

A token is a mark, the time in microseconds as six digits of base 36, and a space (or,
now and then, a new paragraph). The clock is the machine's monotonic one, which all
processes share; six digits wrap after 36 minutes.
"""

from __future__ import annotations

import re
import time
from array import array
from itertools import product

SENT, ARRIVED = "T", "A"
WRAP = 36**6
_TOKEN = re.compile(rf"([{SENT}{ARRIVED}])([0-9a-z]{{6}})(?![0-9a-z])")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_THREE = ["".join(digits) for digits in product(_DIGITS, repeat=3)]


def now() -> int:
    """Microseconds of the clock that every process of this machine shares."""
    return time.monotonic_ns() // 1000


def stamp(mark: str, at: int) -> str:
    """Seven characters that say when ``at`` was (microseconds)."""
    high, low = divmod(at % WRAP, len(_THREE))
    return f"{mark}{_THREE[high]}{_THREE[low]}"


class Tally:
    """What one reply's tokens say about their way here; times in microseconds.

    A token that is seen again (a paragraph that is shown anew) does not count twice.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.to_model: int | None = None  # from asking to the request at the model
        self.first: int | None = None  # how long the first token was on its way
        self.late = array("q")  # the same of every token
        self.failure = ""
        self._last = 0

    def ask(self) -> None:
        """The request leaves now."""
        self.asked = now()

    def feed(self, text: str, at: int) -> None:
        """``text`` arrived at ``at``."""
        for mark, digits in _TOKEN.findall(text):
            age = (at - int(digits, 36)) % WRAP
            age -= WRAP if age > WRAP // 2 else 0
            if mark == ARRIVED:
                self.to_model = max(0, at - age - self.asked)
            elif at - age > self._last:
                self._last = at - age
                self.late.append(age)
                self.first = age if self.first is None else self.first

    def record(self) -> dict[str, object]:
        """The tally as plain values, for another process."""
        return {
            "to_model": self.to_model,
            "first": self.first,
            "late": self.late.tolist(),
            "failure": self.failure,
        }
