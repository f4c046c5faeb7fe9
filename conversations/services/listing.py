"""Lists of conversations, a page at a time; bodies are never read for them.

A page is found by where the last one ended (keyset), so page 200 costs what page 1
does, and a conversation that moves meanwhile is neither doubled nor a reason to skip.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from conversations.models import Conversation, Turn
from conversations.services import access

SIDEBAR_ROWS = 40
PINNED_ROWS = 50
LIBRARY_ROWS = 50

_SHOWN = (
    "id",
    "owner_id",
    "title",
    "created",
    "updated",
    "message_count",
    "temporary",
    "pinned_at",
    "archived_at",
    "deleted_at",
    "replied_at",
    "read_at",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursor(ValueError):
    """The place to go on from was not made by this list."""


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort; ``code`` marks its cursors, so they fit no other order."""

    field: str
    descending: bool
    code: int

    def sorted(self, rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
        sign = "-" if self.descending else ""
        return rows.order_by(f"{sign}{self.field}", f"{sign}id")

    def after(self, cursor: str) -> Q:
        """What comes after the row that ``cursor`` names; everything for ``""``."""
        if not cursor:
            return Q()
        value, row_id = self.read(cursor)
        beyond = "lt" if self.descending else "gt"
        # the first condition says nothing new, but an index can begin with it
        return Q((f"{self.field}__{beyond}e", value)) & (
            Q((f"{self.field}__{beyond}", value)) | Q((f"id__{beyond}", row_id))
        )

    def cursor(self, row: Conversation) -> str:
        value = getattr(row, self.field)
        if isinstance(value, datetime):
            value = (value - _EPOCH) // timedelta(microseconds=1)
        packed = struct.pack(">Bq16s", self.code, value, row.id.bytes)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    def read(self, cursor: str) -> tuple[Any, UUID]:
        try:
            packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", True)
            code, value, row_id = struct.unpack(">Bq16s", packed)
            if code != self.code:
                raise BadCursor(cursor)
            if self.field != "message_count":
                value = _EPOCH + timedelta(microseconds=value)
            elif not 0 <= value < 2**31:
                raise BadCursor(cursor)
            return value, UUID(bytes=row_id)
        except (struct.error, binascii.Error, OverflowError, ValueError) as problem:
            raise BadCursor(cursor) from problem


LATEST = Order("updated", True, 1)
ORDERS = {
    "-active": LATEST,
    "active": Order("updated", False, 2),
    "-created": Order("created", True, 3),
    "created": Order("created", False, 4),
    "-messages": Order("message_count", True, 5),
    "messages": Order("message_count", False, 6),
}
SHOWS = {
    "all": Q(deleted_at=None),
    "archived": Q(deleted_at=None, archived_at__isnull=False),
    "trash": Q(deleted_at__isnull=False),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a list. ``after``: where the next one begins, "" when this is the last.

    ``running``: the conversations that are being answered right now.
    """

    rows: list[Conversation]
    after: str
    pinned: list[Conversation]
    running: frozenset[UUID]


def sidebar(user_id: UUID, after: str = "") -> Rows:
    """Pinned conversations, and the latest others; later pages are of the others."""
    listed = _listed(user_id).filter(deleted_at=None, archived_at=None)
    pinned = []
    if not after:
        kept = listed.filter(pinned_at__isnull=False)
        pinned = list(kept.order_by("-pinned_at", "-id")[:PINNED_ROWS])
    others = LATEST.sorted(listed.filter(LATEST.after(after), pinned_at=None))
    rows, following = _page(others, LATEST, SIDEBAR_ROWS)
    return Rows(rows, following, pinned, running(user_id))


def library(user_id: UUID, *, show: str, sort: str, after: str = "") -> Rows:
    """A page of the library."""
    order = ORDERS[sort]
    listed = _listed(user_id).filter(SHOWS[show])
    beyond = order.sorted(listed.filter(order.after(after)))
    rows, following = _page(beyond, order, LIBRARY_ROWS)
    return Rows(rows, following, [], running(user_id))


def running(user_id: UUID) -> frozenset[UUID]:
    """The conversations whose turns are live."""
    # written out, because SQLite uses the partial index for literals only
    live = Turn.objects.extra(where=["status IN ('queued', 'running')"])
    mine = live.filter(owner_id=user_id).order_by()
    return frozenset(mine.values_list("conversation_id", flat=True))


def _listed(user_id: UUID) -> QuerySet[Conversation]:
    return access.conversations_of(user_id).only(*_SHOWN)


def _page(
    rows: QuerySet[Conversation], order: Order, size: int
) -> tuple[list[Conversation], str]:
    found = list(rows[: size + 1])
    if len(found) <= size:
        return found, ""
    return found[:size], order.cursor(found[size - 1])
