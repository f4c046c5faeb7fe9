"""People's opened vectors: those asked for last, bounded in bytes and in time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from conversations.core.embeddings import Packed

MOST_BYTES = 256 << 20  # of all people's; one person's alone may be more
KEPT_SECONDS = 600.0  # then they are read anew: an erased person's do not stay

Place = tuple[UUID, str, int]  # owner, model, dimensions


@dataclass(frozen=True, slots=True)
class Held:
    """Vectors of one person: entries' numbers in order, their rows, when they go."""

    ids: NDArray[np.int64]
    rows: Packed
    until: float

    @property
    def newest(self) -> int:
        return int(self.ids[-1]) if len(self.ids) else 0

    @property
    def bytes(self) -> int:
        return self.ids.nbytes + self.rows.nbytes

    def and_also(self, more: Held) -> Held:
        ids = np.concatenate([self.ids, more.ids])
        rows = np.concatenate([self.rows, more.rows])
        if len(more.ids) and more.ids[0] < self.newest:
            order = np.argsort(ids, kind="stable")
            ids, rows = ids[order], rows[order]
        return Held(ids, rows, self.until)

    def only(self, kept: NDArray[np.bool_]) -> Held:
        return Held(self.ids[kept], self.rows[kept], self.until)


class Memory:
    """Shared by all threads. What is held is never changed, only replaced."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[Place, Held] = OrderedDict()

    def get(self, place: Place) -> Held | None:
        with self._lock:
            held = self._held.get(place)
            if held is None or held.until < time.monotonic():
                return None
            self._held.move_to_end(place)
            return held

    def put(self, place: Place, held: Held) -> None:
        with self._lock:
            self._held[place] = held
            self._held.move_to_end(place)
            self._drop_old()

    def forget(self, entries: Iterable[tuple[UUID, int]]) -> None:
        """The vectors of these are others now: a person's who has one are read anew."""
        numbers: dict[UUID, list[int]] = {}
        for owner, number in entries:
            numbers.setdefault(owner, []).append(number)
        with self._lock:
            for place, held in list(self._held.items()):
                if np.isin(held.ids, numbers.get(place[0], [])).any():
                    del self._held[place]

    def forget_person(self, owner: UUID) -> None:
        with self._lock:
            for place in [place for place in self._held if place[0] == owner]:
                del self._held[place]

    def clear(self) -> None:
        with self._lock:
            self._held.clear()

    def _drop_old(self) -> None:
        now = time.monotonic()
        for place in [p for p, held in self._held.items() if held.until < now]:
            del self._held[place]
        size = sum(held.bytes for held in self._held.values())
        while size > MOST_BYTES and len(self._held) > 1:
            size -= self._held.popitem(last=False)[1].bytes


memory = Memory()
