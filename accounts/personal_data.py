"""What is kept about a person: one line in the registry for each kind.

Exports, erasures, dry runs, certificates and the record of processing all go by it. A
test fails when a model that leads to a person is in no line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True, slots=True)
class Rows:
    """A model and what leads from its rows to a person's id: a lookup, or where a
    lookup cannot, a function that makes the condition.

    ``unlink``: the column that still points at the person where the rows are kept.
    """

    model: str  # "conversations.Message"
    person: str | Callable[[UUID], Q]  # "conversation__owner_id"
    unlink: str = ""

    @property
    def model_class(self) -> type[Model]:
        return apps.get_model(self.model)

    def of(self, user_id: UUID) -> QuerySet[Any]:
        lead = self.person
        where = Q(**{lead: user_id}) if isinstance(lead, str) else lead(user_id)
        return self.model_class._default_manager.filter(where)


@dataclass(slots=True)
class Document:
    """A file of an export: its path inside the zip, and its bytes, piece by piece."""

    path: str
    pieces: Iterable[bytes]
    rows: int = 0  # it has told about so far; 0 for what is no list of rows
    size: int = 0  # bytes, where they are known before
    packed: bool = False  # it cannot be made smaller
    title: str = ""  # what the index calls it; "" where nobody looks for it there


Export = Callable[[UUID], Iterator[Document]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data, by the name that manifests, certificates and pages give it.

    It has documents of its own in an export, or is told ``inside`` those of another
    kind, or there is a reason why not. It is erased by deleting ``rows`` in their
    order, or kept for the reason in ``kept``.
    """

    name: str  # "messages"
    rows: tuple[Rows, ...]
    purpose: str  # GDPR article 30: what it is kept for
    export: Export | None = None
    inside: str = ""  # "conversations"
    why_not: str = ""
    kept: str = ""
    retention: str = ""  # whose rule says how long; "": as long as the person

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    def count(self, user_id: UUID) -> int:
        return sum(rows.of(user_id).count() for rows in self.rows)


Hook = Callable[[UUID], bool | None]  # True: not done yet, to be called again

_kinds: dict[str, Kind] = {}
_first: list[Hook] = []
_last: list[Hook] = []


def register(*kinds: Kind) -> None:
    """In the order of their erasure: what points at other rows before those. An app
    that registers later is built on the ones before, so its kinds go first.
    """
    global _kinds
    for kind in kinds:
        if sum(map(bool, (kind.export, kind.inside, kind.why_not))) != 1:
            raise ValueError(f"{kind.name} is exported, told inside another, or not")
    _kinds = {kind.name: kind for kind in kinds} | _kinds


def before_erasure(hook: Hook) -> Hook:
    """Called with the person's id before the first row goes, and again when an erasure
    is resumed: end what runs for them, close what is open.
    """
    _first.append(hook)
    return hook


def after_erasure(hook: Hook) -> Hook:
    """Called when the rows are gone, before the certificate: clear caches and files."""
    _last.append(hook)
    return hook


def kinds() -> list[Kind]:
    """Every kind, in the order of erasure."""
    return list(_kinds.values())


def hooks_before() -> list[Hook]:
    return list(_first)


def hooks_after() -> list[Hook]:
    return list(_last)


def counts(user_id: UUID) -> dict[str, int]:
    """How many rows of each kind there are about a person."""
    return {kind.name: kind.count(user_id) for kind in kinds()}
