"""A question compared with a person's vectors, wherever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from conversations.core.embeddings import Vectors


class Spread(NamedTuple):
    """Of all the person's cosines, or of many; zeros for somebody without vectors."""

    mean: float
    deviation: float


class Comparison(Protocol):
    def nearest(self, at_most: int) -> list[tuple[int, float]]:
        """Numbers of the person's entries, the nearest first, and their cosines."""
        ...

    def cosines(self, numbers: Sequence[int]) -> Vectors:
        """The cosine of each of these; NaN for what has no vector, or another owner."""
        ...

    def spread(self) -> Spread: ...
