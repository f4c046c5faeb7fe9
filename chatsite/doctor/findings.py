"""What a look can find, and how bad that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """The greater, the worse. Only ``BAD`` is a reason to get up at night."""

    FINE = 0
    ODD = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about what there is, and one about what to do, if anything is."""

    state: State
    said: str
    advice: str = ""


def fine(said: str) -> Finding:
    return Finding(State.FINE, said)


def odd(said: str, advice: str) -> Finding:
    return Finding(State.ODD, said, advice)


def bad(said: str, advice: str) -> Finding:
    return Finding(State.BAD, said, advice)
