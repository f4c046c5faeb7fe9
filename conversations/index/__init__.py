"""The blind index: one port, and what each database has for it.

``conversations.index.entries()`` is the one for the database in use.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

from conversations.index.base import Entries
from conversations.index.postgres import GinEntries
from conversations.index.sqlite import Fts5Entries

ADAPTERS: Mapping[str, type[Entries]] = {
    "sqlite": Fts5Entries,
    "postgresql": GinEntries,
}


def entries() -> Entries:
    return ADAPTERS[connection.vendor]()
