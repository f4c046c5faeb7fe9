"""What is found in a text: its type and its place."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Type(StrEnum):
    """Where two overlap, the one that stands first here gives its name to both."""

    SECRET = "SECRET"  # noqa: S105
    IBAN = "IBAN"
    CARD = "CARD"
    EMAIL = "EMAIL"
    SSN = "SSN"
    IP = "IP"
    PHONE = "PHONE"
    TEXT = "TEXT"  # never found: what looks like a placeholder and is none


class Span(NamedTuple):
    """``text[start:end]``, in code points."""

    type: Type
    start: int
    end: int


_RANK = {kind: rank for rank, kind in enumerate(Type)}


def _place(span: Span) -> tuple[int, int]:
    return span.start, -span.end


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sorted and disjoint. Of two that overlap both are covered, so nothing leaks."""
    result: list[Span] = []
    for span in sorted(spans, key=_place):
        if result and span.start < result[-1].end:
            last = result[-1]
            first = min(last.type, span.type, key=_RANK.__getitem__)
            result[-1] = Span(first, last.start, max(last.end, span.end))
        else:
            result.append(span)
    return result
