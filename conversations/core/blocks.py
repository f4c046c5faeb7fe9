"""The text of a document as its reader hands it on: in blocks, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "text", "code", "header", "row"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a function, a row. ``header`` is what names a table's
    columns, and is repeated wherever the table is cut. ``page``: from 1, where there
    are pages.
    """

    text: str
    kind: Kind = "text"
    page: int | None = None
