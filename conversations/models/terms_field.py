"""A column of keyed hashes: packed bytes on SQLite, an array of integers elsewhere."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models

BYTES = 4  # of a hash


class TermsField(models.Field):
    """Hashes are integers of 32 bits with a sign, in no order that means anything.

    They are text for SQLite's FTS5, which a trigger keeps (see migration 0006), and
    what a GIN index of PostgreSQL takes.
    """

    if TYPE_CHECKING:

        def __get__(self, row: Any, owner: Any = None) -> Sequence[int]: ...
        def __set__(self, row: Any, value: Sequence[int]) -> None: ...

    def db_type(self, connection: Any) -> str:
        return "integer[]" if connection.vendor == "postgresql" else "BLOB"

    def get_db_prep_value(
        self, value: Any, connection: Any, prepared: bool = False
    ) -> Any:
        if value is None or connection.vendor == "postgresql":
            return value if value is None else list(value)
        return connection.Database.Binary(struct.pack(f">{len(value)}i", *value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not isinstance(value, (bytes, memoryview)):
            return value
        return list(struct.unpack(f">{len(value) // BYTES}i", value))
