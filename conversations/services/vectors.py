"""Finding by meaning: vectors of what was said and of files' passages.

A vector is made after what it is of has been stored, outside of any transaction:
models are slow. What has none of the present model's is missing, and that is all that
is remembered; so a new model, like a new site, is a matter of time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import Unreadable
from conversations.core.embeddings import Embedder, Vectors
from conversations.core.errors import ContextTooLong, RequestRefused
from conversations.index.comparison import Comparison
from conversations.index.vectors import vector_index
from conversations.models import IndexEntry
from conversations.services import redacting, spending

log = logging.getLogger(__name__)
Kind = IndexEntry.Kind
COMPARED = (Kind.MESSAGE, Kind.PASSAGE)  # a title says less than what it is above
EVERYTHING_AFTER = 3_600.0  # seconds between two looks at all there is
_PLAIN = "Hello"  # what any embedding model takes
_TEXTS = [
    *("id", "owner_id", "kind", "terms"),
    *("message__owner_id", "message__body", "passage__owner_id", "passage__body"),
]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many entries have a vector of the present model, of how many."""

    done: int
    of: int


def nearest(
    owner: UUID, question: str, at_most: int, embedder: Embedder
) -> list[tuple[int, float]]:
    """Numbers of the person's entries that mean what the question does, and cosines.

    As ``compare``. Entries may be gone by the time they are read: ask for them by
    number and owner.
    """
    compared = compare(owner, question, embedder)
    return compared.nearest(at_most) if compared else []


def compare(owner: UUID, question: str, embedder: Embedder) -> Comparison | None:
    """The question with all that the person said; None without a model or a word.

    Raises ``TurnError`` when the question cannot be embedded, within seconds.
    """
    if not embedder.name or not question.strip():
        return None
    (wanted,) = embedder.embed([question], hurry=True)
    spending.charge_embedding(embedder.name, [(owner, question)])
    return vector_index().compare(owner, wanted, embedder.name)


def missing(
    model: str,
    *,
    after: int = 0,
    before: int | None = None,
    at_most: int = 64,
    owner: UUID | None = None,
) -> list[IndexEntry]:
    """Entries without a vector of the model, with their texts, the latest first: they
    are what is asked for most. ``after`` and ``before``: with numbers between these.
    """
    found = vector_index().lacking(_comparable(owner), model).filter(id__gt=after)
    if before is not None:
        found = found.filter(id__lt=before)
    read = found.select_related("message", "passage").only(*_TEXTS)
    return list(read.order_by("-id")[:at_most])


def store(entries: Sequence[IndexEntry], embedder: Embedder) -> None:
    """Make and keep the entries' vectors; what is gone or said anew by then has none.

    Raises ``TurnError`` when the model cannot be had; then nothing is stored.
    """
    if not embedder.name or not entries:
        return
    texts = [_text_of(entry) for entry in entries]
    told = [(entry, text) for entry, text in zip(entries, texts, strict=True) if text]
    made = dict(_embedded(told, embedder))
    with transaction.atomic():
        if kept := _unchanged(entries):
            pairs = [(entry, made.get(entry.id)) for entry in kept]
            vector_index().put(pairs, embedder.name)


def forget(entries: Sequence[IndexEntry]) -> None:
    """What these say is another thing now; call it in the transaction of the change."""
    vector_index().drop(entries)


def progress(embedder: Embedder, owner: UUID | None = None) -> Progress:
    entries = _comparable(owner)
    if not embedder.name:
        return Progress(0, 0)
    everything = entries.count()
    lacking = vector_index().lacking(entries, embedder.name).count()
    return Progress(max(everything - lacking, 0), everything)


class Missing:
    """What has no vector of the present model, to be embedded in batches.

    Where it has come to is remembered, so that a pass looks at everything once. After
    the end a new pass looks at what is new, and once in a while at everything: at
    replies that went on. One that is broken off is begun again at no loss.
    """

    def __init__(self, embedder: Embedder, owner: UUID | None = None) -> None:
        self._embedder = embedder
        self._owner = owner
        self._after = self._newest = 0
        self._before: int | None = None
        self._everything_at = 0.0  # by the monotonic clock

    def count(self) -> int:
        told = progress(self._embedder, self._owner)
        return told.of - told.done

    def index_some(self) -> int:
        """Embed and store a batch. Returns how many; 0 at the end of a pass."""
        if self._before is None:
            self._begin_pass()
        found: list[IndexEntry] = []
        if self._embedder.name:
            found = missing(
                self._embedder.name,
                after=self._after,
                before=self._before,
                at_most=self._embedder.batch,
                owner=self._owner,
            )
        store(found, self._embedder)
        self._before = found[-1].id if found else None
        if not found:
            self._after = self._newest
        return len(found)

    def _begin_pass(self) -> None:
        vector_index().tidy()
        now = time.monotonic()
        if not self._after or now - self._everything_at > EVERYTHING_AFTER:
            self._after, self._everything_at = 0, now
        newest = IndexEntry.objects.order_by("-id").values_list("id", flat=True)
        self._newest = newest.first() or 0


def _comparable(owner: UUID | None) -> QuerySet[IndexEntry]:
    """What has no terms has no words, or none that could be read when indexed."""
    entries = IndexEntry.objects.filter(kind__in=COMPARED, length__gt=0)
    return entries if owner is None else entries.filter(owner_id=owner)


def _text_of(entry: IndexEntry) -> str:
    """What it says; "" when that cannot be read, or nobody could keep it a secret."""
    said = entry.message or entry.passage
    text = redacting.told(said, "body") if said else ""
    try:
        entry.sealing_key()
    except CannotOpen:
        return ""
    return "" if isinstance(text, Unreadable) else text


def _embedded(
    told: Sequence[tuple[IndexEntry, str]], embedder: Embedder
) -> list[tuple[int, Vectors]]:
    """Vectors by entry. What a server will not take is found out by halves, so that
    one odd text does not stand in the way of all the others.
    """
    if not told:
        return []
    try:
        rows = embedder.embed([text for _, text in told])
    except (RequestRefused, ContextTooLong) as problem:
        if len(told) > 1:
            half = len(told) // 2
            return _embedded(told[:half], embedder) + _embedded(told[half:], embedder)
        embedder.embed([_PLAIN])  # raises if it is not the text that it refuses
        log.warning("entry %s is not embedded: %s", told[0][0].id, problem.detail)
        return []
    owned = [(entry.owner_id, text) for entry, text in told]
    spending.charge_embedding(embedder.name, owned)
    return [(entry.id, row) for (entry, _), row in zip(told, rows, strict=True)]


def _unchanged(entries: Sequence[IndexEntry]) -> list[IndexEntry]:
    """Those that are there and say the same as when they were read, held until the end
    of the transaction.
    """
    there = IndexEntry.objects.select_for_update().only("id", "terms")
    terms = {
        entry.id: entry.terms for entry in there.filter(id__in=[e.id for e in entries])
    }
    return [entry for entry in entries if terms.get(entry.id) == entry.terms]
