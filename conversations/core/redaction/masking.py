"""Taking out for good: the type stays, the value goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .finding import find
from .spans import Span


class Masked(NamedTuple):
    """A text without what was found in it; ``found`` are places of the original."""

    text: str
    found: list[Span]


def mask(text: str, look: Callable[[str], list[Span]] = find) -> Masked:
    found = look(text)
    return Masked("".join(_masked(text, found)), found)


def _masked(text: str, found: Iterable[Span]) -> Iterator[str]:
    done = 0
    for span in found:
        yield text[done : span.start]
        yield f"[{span.type}]"
        done = span.end
    yield text[done:]
