"""What is asked of an index: which entries have certain hashes, the latest first.

That is all a database does. Which are the best is worked out from it by
``core.ranking``, the same for every database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

Groups = Sequence[Sequence[int]]
"""Hashes, of each group at least one: ``[[a, b], [c]]`` is (a or b) and c."""


class Entries(Protocol):
    def having(
        self, owner: UUID, groups: Groups, at_most: int, before: int | None = None
    ) -> list[int]:
        """Numbers of the owner's entries that have a hash of every group, the greatest
        first, none from ``before`` on. None for no groups.
        """
        ...

    def bytes_used(self) -> int:
        """Of the entries and their index, on disk."""
        ...
