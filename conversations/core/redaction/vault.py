"""Taking out so that it can be put back: each value has a placeholder of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from .finding import find
from .known import Known
from .placeholders import NUMBERED, numbered, parsed
from .spans import Span, Type, merged


class Originals(Protocol):
    """What placeholders stand for."""

    def get(self, kind: Type, number: int) -> str | None:
        """None when nothing has this number."""


class Vault(Originals, Protocol):
    """One person's originals; whoever keeps them seals them."""

    def put_all(self, values: Sequence[tuple[Type, str]]) -> list[int]:
        """The number of each value among those of its type: the one it has, or the next
        one from 1. Two that put at the same time must not be given one number.
        """


class MemoryVault:
    """A vault as long as the process lives, or a copy of one to restore from."""

    def __init__(self) -> None:
        self._values: dict[Type, list[str]] = {kind: [] for kind in Type}
        self._numbers: dict[tuple[Type, str], int] = {}

    def put(self, kind: Type, value: str) -> int:
        number = self._numbers.get((kind, value))
        if number is None:
            self._values[kind].append(value)
            number = self._numbers[kind, value] = len(self._values[kind])
        return number

    def put_all(self, values: Sequence[tuple[Type, str]]) -> list[int]:
        return [self.put(kind, value) for kind, value in values]

    def get(self, kind: Type, number: int) -> str | None:
        values = self._values[kind]
        return values[number - 1] if 0 < number <= len(values) else None


def to_placeholders(
    text: str,
    vault: Vault,
    *,
    placed: bool = False,
    known: Known | None = None,
    look: Callable[[str], Sequence[Span]] = find,
) -> str:
    """``text`` with a placeholder for all that is found in it; ``restore`` undoes it.

    Text from outside may hold what looks like a placeholder: it is put away itself, as
    ``[TEXT_1]``, so that nobody can call up a value by its name. With ``placed`` the
    placeholders that the vault knows stay: for what a model wrote, who was shown them.
    ``known`` values are found wherever they stand, whatever stands around them.
    """
    spans = merged([*look(text), *_lookalikes(text, vault, placed), *_of(known, text)])
    if not spans:
        return text
    values = [text[span.start : span.end] for span in spans]
    if placed:  # before anything is put, which might give a lookalike a meaning
        values = [restore(value, vault) for value in values]
    kinds = [span.type for span in spans]
    numbers = vault.put_all(list(zip(kinds, values, strict=True)))
    parts: list[str] = []
    done = 0
    for span, number in zip(spans, numbers, strict=True):
        parts += (text[done : span.start], numbered(span.type, number))
        done = span.end
    return "".join([*parts, text[done:]])


def _of(known: Known | None, text: str) -> Iterable[Span]:
    """Not within a placeholder, though."""
    spans = known.spans(text) if known else []
    if not spans or "[" not in text:
        return spans
    holes = [match.span() for match in NUMBERED.finditer(text)]
    return [s for s in spans if not any(a < s.end and s.start < b for a, b in holes)]


def _lookalikes(text: str, vault: Vault, placed: bool) -> list[Span]:
    return [
        Span(Type.TEXT, *match.span())
        for match in NUMBERED.finditer(text)
        if not placed or vault.get(*parsed(match[0])) is None
    ]


def restore(text: str, vault: Originals) -> str:
    """``text`` with the originals; placeholders that stand for nothing stay."""

    def original(match: re.Match[str]) -> str:
        value = vault.get(*parsed(match[0]))
        return match[0] if value is None else value

    return NUMBERED.sub(original, text) if "[" in text else text


def named(text: str) -> list[tuple[Type, int]]:
    """The placeholders in ``text`` as they stand there, whatever they stand for."""
    if "[" not in text:
        return []
    return [parsed(match[0]) for match in NUMBERED.finditer(text)]


def unnumbered(text: str, vault: Originals) -> str:
    """``text`` for those who may not even know which value it is: ``[EMAIL_1]`` becomes
    ``[EMAIL]``.
    """

    def masked(match: re.Match[str]) -> str:
        kind, number = parsed(match[0])
        value = vault.get(kind, number)
        if value is None:
            return match[0]
        return value if kind is Type.TEXT else f"[{kind}]"

    return NUMBERED.sub(masked, text) if "[" in text else text


def place_in(text: str, vault: Originals, offset: int) -> int:
    """Where in ``text``, with its placeholders, an ``offset`` of the restored lies."""
    longer = 0
    for match in NUMBERED.finditer(text) if "[" in text else ():
        at = match.start() + longer
        if at >= offset:
            break
        if (value := vault.get(*parsed(match[0]))) is None:
            continue
        if offset < at + len(value):
            return match.start()
        longer += len(value) - len(match[0])
    return offset - longer
