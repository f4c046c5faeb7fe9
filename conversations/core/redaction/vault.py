"""Taking out so that it can be put back: each value has a placeholder of its own."""

from __future__ import annotations

import re
from typing import Protocol

from .finding import find
from .placeholders import NUMBERED, numbered, parsed
from .spans import Span, Type, merged


class Originals(Protocol):
    """What placeholders stand for."""

    def get(self, kind: Type, number: int) -> str | None:
        """None when nothing has this number."""


class Vault(Originals, Protocol):
    """One person's originals; whoever keeps them seals them."""

    def put(self, kind: Type, value: str) -> int:
        """The number of ``value`` among those of its type: the one it has, or the next
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

    def get(self, kind: Type, number: int) -> str | None:
        values = self._values[kind]
        return values[number - 1] if 0 < number <= len(values) else None


def to_placeholders(text: str, vault: Vault, *, placed: bool = False) -> str:
    """``text`` with a placeholder for all that is found in it; ``restore`` undoes it.

    Text from outside may hold what looks like a placeholder: it is put away itself, as
    ``[TEXT_1]``, so that nobody can call up a value by its name. With ``placed`` the
    placeholders that the vault knows stay: for what a model wrote, who was shown them.
    """
    spans = merged([*find(text), *_lookalikes(text, vault, placed)])
    values = [text[span.start : span.end] for span in spans]
    if placed:  # before anything is put, which might give a lookalike a meaning
        values = [restore(value, vault) for value in values]
    parts: list[str] = []
    done = 0
    for span, value in zip(spans, values, strict=True):
        number = vault.put(span.type, value)
        parts += (text[done : span.start], numbered(span.type, number))
        done = span.end
    return "".join([*parts, text[done:]])


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
