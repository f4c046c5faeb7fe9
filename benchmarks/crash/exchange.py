"""A message, and its reply as far as the client has seen it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from benchmarks.crash.world import Kill
from conversations.providers.demo.pace import pieces_of
from conversations.providers.demo.steering import steering_for


@dataclass
class Exchange:
    text: str
    model: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    ack: dict[str, Any] | None = None
    seen: str = ""
    status: str = ""
    going_on: str = ""  # the id of a ``continue`` that is not acknowledged
    asked: bool = False  # a ``watch`` is not answered: its snapshot will come
    cut_by: Kill | None = None  # nothing new came since
    arrivals: list[tuple[float, int]] = field(default_factory=list)

    @property
    def turn(self) -> str:
        return self.ack["turn"] if self.ack else ""

    def concerns(self, frame: dict[str, Any]) -> bool:
        named = {self.id, self.going_on, self.turn} - {""}
        return not named.isdisjoint({frame.get("id"), frame.get("turn")})

    def milliseconds(self, characters: int, whole: str) -> float:
        """How long the model takes for as many characters of the ``whole`` reply."""
        steering = steering_for(self.model)
        rate = steering.tps * len(whole) / len(pieces_of(whole, steering))
        return 1000 * characters / rate

    def forget_beyond(self, length: int) -> float:
        """Text was taken back; for how many milliseconds it had been on screen."""
        shown = [at for at, reached in self.arrivals if reached > length]
        self.arrivals = [each for each in self.arrivals if each[1] <= length]
        return 1000 * (shown[-1] - shown[0]) if shown else 0.0
