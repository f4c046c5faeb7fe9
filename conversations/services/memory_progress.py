"""How far a person's memory is made: what is indexed, and what has a vector."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from conversations.models import IndexEntry
from conversations.services import embedding, vectors
from conversations.services.indexing import Missing


@dataclass(frozen=True, slots=True)
class Making:
    """Something that is being made, of which there is more to do."""

    what: str
    done: int
    of: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.of


def making(owner: UUID) -> list[Making]:
    """What is not complete; nothing, usually. Counts everything of the person's."""
    found = []
    if missing := Missing(owner).count():
        done = IndexEntry.objects.filter(owner_id=owner).count()
        found.append(Making("Indexing what was said before", done, done + missing))
    told = vectors.progress(embedding.embedder(), owner)
    if told.done < told.of:
        found.append(Making("Comparing by meaning", told.done, told.of))
    return found
