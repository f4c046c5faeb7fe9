"""Which texts match best."""

from __future__ import annotations

from conversations.core.bm25 import Row, matching


def row(id, length=10, **counts):
    return Row(id, counts, length)


def test_rare_words_count_more():
    rows = [row("common", bread=1), row("rare", grebe=1), row("more", bread=1)]
    assert [id for id, _ in matching(rows, 100, 3)][0] == "rare"


def test_what_says_it_more_often_or_is_shorter_is_better():
    rows = [row("once", boat=1), row("often", boat=4), row("short", 2, boat=1)]
    assert [id for id, _ in matching(rows, 50, 3)] == ["often", "short", "once"]


def test_of_equals_the_earlier_is_first_and_few_are_enough():
    rows = [row(n, boat=1) for n in range(5)]
    assert [id for id, _ in matching(rows, 50, 2)] == [0, 1]


def test_far_behind_the_best_is_left_out():
    rows = [row("best", grebe=4, boat=4), *[row(n, 90, bread=1) for n in range(40)]]
    assert [id for id, _ in matching(rows, 41, 9)] == ["best"]


def test_nothing_matches_nothing():
    assert matching([], 0, 3) == []
