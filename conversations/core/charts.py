"""Where the columns of a chart stand. What draws them is a template: numbers only here.

A chart has no words inside: it is stretched to its place, and letters would be too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

HEIGHT = 200
STEP = 10  # from one column to the next …
COLUMN = 8  # … of which the column itself takes so much
SEEN = 2  # height of what is little, but is not nothing
WIDTH = 1_000  # of a bar that is as long as it can be

Amount = Decimal | int


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle. ``part`` of which amount of its column it is, from below."""

    x: int
    y: int
    width: int
    height: int
    part: int


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """``top`` is the amount at the upper edge."""

    width: int
    height: int
    top: Decimal
    columns: tuple[Column, ...]


def columns(stacks: Sequence[tuple[str, Sequence[Amount]]]) -> Columns:
    """One column for each label, its amounts on top of each other; none is negative."""
    top = ceiling(max((sum(amounts) for _, amounts in stacks), default=0))
    made = [
        Column(label, tuple(_pieces(place * STEP, amounts, top)))
        for place, (label, amounts) in enumerate(stacks)
    ]
    return Columns(max(1, len(stacks)) * STEP, HEIGHT, top, tuple(made))


def bars(amounts: Iterable[Amount]) -> list[int]:
    """How long each is, of ``WIDTH``: the largest is as long as it can be."""
    known = [Decimal(amount) for amount in amounts]
    longest = max(known, default=Decimal(0))
    return [_scaled(amount, longest, WIDTH) for amount in known]


def ceiling(amount: Amount) -> Decimal:
    """The next of 1, 2, 5, 10, 20 … that is not less; 0 for nothing."""
    amount = Decimal(amount)
    if amount <= 0:
        return Decimal(0)
    ten = Decimal(10) ** amount.adjusted()
    return next(step * ten for step in (1, 2, 5, 10) if step * ten >= amount)


def _pieces(x: int, amounts: Sequence[Amount], top: Decimal) -> Iterable[Piece]:
    """Each from where the one below ended, so that roundings do not add up."""
    below = Decimal(0)
    floor = HEIGHT
    for part, amount in enumerate(amounts):
        below += amount
        if amount:
            edge = HEIGHT - _scaled(below, top, HEIGHT)
            edge = max(0, min(edge, floor - SEEN))
            yield Piece(x, edge, COLUMN, floor - edge, part)
            floor = edge


def _scaled(amount: Decimal, whole: Decimal, length: int) -> int:
    if amount <= 0 or whole <= 0:
        return 0
    return max(SEEN, int((amount / whole * length).to_integral_value()))
