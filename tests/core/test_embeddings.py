"""Vectors as they are kept and compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from conversations.core.embeddings import (
    cosines,
    embeddable,
    greatest,
    packed,
    unit,
    unpacked,
)

NUMBERS = st.floats(-1, 1, width=32)


def some(rows: int, dimensions: int = 384, seed: int = 1) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(rows, dimensions)))


def opened(rows: list[bytes], dimensions: int) -> np.ndarray:
    matrix = unpacked(rows, dimensions)
    return matrix["numbers"].astype(np.float32) * matrix["factor"][:, None]


def nearest(matrix: np.ndarray, question: np.ndarray, at_most: int):
    told = cosines(matrix, question)
    found = greatest(told, at_most)
    return found, told[found]


@given(arrays(np.float32, st.integers(1, 64), elements=NUMBERS))
def test_a_vector_points_the_same_way_when_it_comes_back(given_vector):
    vector = unit(given_vector)
    (again,) = opened([packed(vector)], vector.size)
    if not vector.any():
        assert not again.any()
        return
    # each number is off by half a step at most, and a step is a 127th of the largest
    step = np.abs(vector).max() / 127
    assert np.linalg.norm(again - vector) <= step * np.sqrt(vector.size) + 1e-6
    assert np.linalg.norm(again) == pytest.approx(1, abs=1e-5)


@given(st.integers(0, 2**32), st.integers(2, 60), st.integers(0, 70))
def test_the_nearest_are_those_a_comparison_with_each_finds(seed, rows, at_most):
    vectors = some(rows, 16, seed)
    question = some(1, 16, seed + 1)[0]
    matrix = unpacked([packed(vector) for vector in vectors], 16)
    found, near = nearest(matrix, question, at_most)
    exact = opened([packed(vector) for vector in vectors], 16) @ question
    order = np.argsort(-exact, kind="stable")[:at_most]
    assert list(near) == pytest.approx(list(exact[order]), abs=1e-5)
    assert len(set(found)) == min(at_most, rows)
    assert list(exact[found]) == pytest.approx(list(near), abs=1e-5)


def test_more_rows_than_are_looked_at_together():
    vectors = some(3000, 32)
    matrix = unpacked([packed(vector) for vector in vectors], 32)
    for place in (0, 1023, 1024, 2999):
        found, near = nearest(matrix, vectors[place], 1)
        assert found == [place]
        assert near[0] == pytest.approx(1, abs=1e-3)


def test_a_byte_a_number_changes_cosines_by_next_to_nothing():
    vectors = some(500)
    again = opened([packed(vector) for vector in vectors], 384)
    assert np.abs(again @ vectors.T - vectors @ vectors.T).max() < 0.005


def test_a_stored_vector_takes_a_byte_a_number_and_four():
    assert len(packed(some(1)[0])) == 388


def test_nothing_is_near_in_an_empty_matrix():
    found, near = nearest(unpacked([], 8), some(1, 8)[0], 5)
    assert (len(found), len(near)) == (0, 0)


@pytest.mark.parametrize("row", [b"", b"x" * 7, packed(some(1, 9)[0])])
def test_a_vector_of_another_size_is_refused(row):
    with pytest.raises(ValueError, match="another size"):
        unpacked([packed(some(1, 8)[0]), row], 8)


def test_large_and_small_numbers_come_to_length_one():
    rows = unit(np.array([[3e30, 4e30], [3e-30, 4e-30], [0, 0]]))
    assert rows.tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)],
        [pytest.approx(0.6), pytest.approx(0.8)],
        [0, 0],
    ]
    assert rows.dtype == np.float32


@given(st.text(st.characters(), max_size=20))
def test_what_is_embedded_can_be_written_as_json(text):
    embeddable(text).encode("utf-8")
    assert embeddable("\ud83d tea \udc00") == "? tea ?"
