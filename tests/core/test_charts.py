"""Where columns and bars of charts stand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.charts import (
    COLUMN,
    HEIGHT,
    SEEN,
    STEP,
    WIDTH,
    bars,
    ceiling,
    columns,
)

amounts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("amount", "edge"),
    [
        (0, "0"),
        (1, "1"),
        (3, "5"),
        (5, "5"),
        (51, "100"),
        (Decimal("0.0021"), "0.005"),
        (Decimal("0.9"), "1"),
        (1_000_001, "2000000"),
    ],
)
def test_the_upper_edge_is_a_round_number(amount: int, edge: str) -> None:
    assert ceiling(amount) == Decimal(edge)


def test_amounts_stand_on_each_other() -> None:
    drawn = columns([("a", [40, 20]), ("b", [0, 0]), ("c", [0, 100])])

    assert (drawn.width, drawn.height, drawn.top) == (3 * STEP, HEIGHT, 100)
    (low, high), nothing, (full,) = (column.pieces for column in drawn.columns)
    assert (low.x, low.y, low.height, low.part) == (0, 120, 80, 0)
    assert (high.y, high.height, high.part) == (80, 40, 1)
    assert nothing == ()
    assert (full.x, full.y, full.height, full.width) == (2 * STEP, 0, HEIGHT, COLUMN)


def test_what_is_little_is_seen() -> None:
    first, _ = columns([("a", [1, 1]), ("b", [10**6, 0])]).columns

    assert [piece.height for piece in first.pieces] == [SEEN, SEEN]


def test_nothing_can_be_drawn() -> None:
    assert columns([]).width > 0
    assert columns([("a", [0, 0])]).top == 0
    assert bars([]) == []
    assert bars([0, 0]) == [0, 0]


def test_bars_are_as_long_as_their_share() -> None:
    assert bars([Decimal("0.5"), 2, 0, 1]) == [WIDTH // 4, WIDTH, 0, WIDTH // 2]
    assert bars([10**6, 1]) == [WIDTH, SEEN]


@given(st.lists(st.tuples(amounts, amounts), max_size=40))
def test_columns_stay_inside_and_touch(stacks: list[tuple[int, int]]) -> None:
    drawn = columns([(str(place), each) for place, each in enumerate(stacks)])

    for column, given_amounts in zip(drawn.columns, stacks, strict=True):
        floor = HEIGHT
        assert len(column.pieces) == sum(map(bool, given_amounts))
        for piece in column.pieces:
            assert piece.y + piece.height == floor and piece.height >= 0
            assert piece.y >= 0 and piece.x + piece.width <= drawn.width
            floor = piece.y
