"""The needle table is worth what its needles are: the demo model must know each one."""

from __future__ import annotations

import pytest

from benchmarks.context import plot
from benchmarks.context.demo import demo_answer
from benchmarks.context.needles import NEEDLES, of_talk
from benchmarks.context.small_talk import SmallTalk
from conversations.core.model_api import Item
from conversations.core.tokens import count


@pytest.mark.parametrize("needle", NEEDLES, ids=lambda needle: needle.value)
def test_the_demo_model_knows_a_fact_it_is_sent_and_no_other(needle):
    exchange = SmallTalk(1, own=0.0).turn(needle)
    said = [Item("user", exchange.said), Item("assistant", exchange.answered)]
    asked = Item("user", needle.asked)
    assert needle.value in demo_answer([*said, asked])
    assert needle.value not in demo_answer([asked])


def test_facts_are_spread_evenly_over_a_talk():
    assert list(of_talk(5)) == [1, 3]
    places = list(of_talk(5_000))
    assert places[:3] == [62, 187, 312]
    assert len(places) == len(NEEDLES) == 40
    assert of_talk(1) == {}


def test_the_same_seed_brings_the_same_talk_and_no_fact_in_it():
    talks = [[SmallTalk(7, own=0.5).turn() for _ in range(1)] for _ in range(2)]
    assert talks[0] == talks[1]
    chatter = SmallTalk(7, own=0.5)
    said = " ".join(chatter.turn().answered for _ in range(300))
    names = [needle.value for needle in NEEDLES if needle.value[0].isupper()]
    assert [name for name in names if name in said] == []
    assert 100 < count(said) / 300 < 300


def test_the_plot_has_a_line_for_each_strategy_in_both_panels():
    rows = [
        {
            "strategy": name,
            "size": size,
            "usd": size / 1000,
            "summary_usd": 0.001,
            "known": 1,
            "needles": 2,
        }
        for name in ("window", "hybrid")
        for size in (10, 100)
    ]
    drawn = plot.drawn(rows, ("window", "hybrid"))
    assert drawn.count('<polyline class="hybrid"') == 3  # and the legend
    assert drawn.count('<polyline class="window"') == 3
    assert "prefers-color-scheme: dark" in drawn
