from __future__ import annotations

import uuid

import pytest

from conversations.core.context import STRATEGIES, Budget, Material, RunningSummary
from conversations.core.context.turns import KEPT_TURNS
from tests.core.context.branches import ListHistory, said, talk, words

ID = uuid.UUID(int=9)
both = pytest.mark.parametrize("name", ["summary", "hybrid"])


def summarised(text: str, covered: int, source_tokens: int = 9_000) -> RunningSummary:
    return RunningSummary(ID, text, 10, covered, source_tokens)


def plan(name, turns, summary, budget):
    texts = [words(20, f"m{n}") for n in range(2 * turns)]
    history = ListHistory(talk(*texts, "And?"))
    return STRATEGIES[name](Material("", history, budget, (), summary))


def left(context) -> dict[str, int]:
    return {left.reason: left.count for left in context.left_out}


@both
def test_what_it_covers_is_left_to_it(name):
    context = plan(name, 20, summarised("They met.", 24), Budget(9_000, 0))
    assert [block.kind for block in context.blocks] == ["summary", "recent"]
    assert len(context.blocks[1].messages) == 40 - 24 + 1
    assert left(context) == {"covered by the summary": 24}
    assert context.blocks[0].source == ID


def test_the_latest_turns_go_even_when_it_covers_them():
    covering = summarised("They met.", 40)
    alone = plan("summary", 20, covering, Budget(9_000, 0))
    assert left(alone) == {"covered by the summary": 40}
    context = plan("hybrid", 20, covering, Budget(9_000, 0))
    assert len(context.blocks[-1].messages) == 2 * KEPT_TURNS + 1
    assert left(context) == {"covered by the summary": 40 - 2 * KEPT_TURNS}


@both
def test_turns_that_neither_it_nor_the_window_has_are_not_yet_summarised(name):
    context = plan(name, 20, summarised("They met.", 10), Budget(500, 0))
    unsummarised = 40 - 10 - len(context.blocks[-1].messages) + 1
    assert unsummarised > 0
    assert left(context) == {
        "covered by the summary": 10,
        "not yet summarised": unsummarised,
    }


@both
@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        (summarised(words(300), 24), "the summary did not fit"),
        (
            summarised(words(30), 24, source_tokens=30),
            "the summary is no shorter than what it stands for",
        ),
    ],
)
def test_a_summary_that_is_of_no_use_stays_out(name, summary, reason):
    context = plan(name, 20, summary, Budget(400, 0))
    without = plan(name, 20, None, Budget(400, 0))
    assert context.items == without.items
    missing = 40 - len(context.blocks[-1].messages) + 1
    assert left(context) == {reason: 24, "older than the window": missing - 24}


@both
def test_a_summary_that_stays_out_is_named_even_when_nothing_is_missing(name):
    summary = summarised(words(30), 8, source_tokens=20)
    context = plan(name, 6, summary, Budget(9_000, 0))
    assert left(context) == {"the summary is no shorter than what it stands for": 0}


@both
def test_without_a_summary_the_latest_turns_go(name):
    context = plan(name, 20, None, Budget(400, 0))
    assert [block.kind for block in context.blocks] == ["recent"]
    assert list(left(context)) == ["older than the window"]


@both
def test_what_is_pinned_where_a_summary_ends_is_sent_and_not_covered(name):
    talked = [*talk("a", "b"), said("user", "c"), said("assistant", "d", pinned=True)]
    history = ListHistory([*talked, *talk(*"efghijklmnop"), said("user", "And?")])
    summary = summarised("They met.", 4)
    context = STRATEGIES[name](Material("", history, Budget(70, 0), (), summary))
    sent_after = len(context.blocks[-1].messages)
    assert left(context) == {
        "covered by the summary": 3,
        "not yet summarised": 13 - sent_after,
    }


@both
@pytest.mark.parametrize("prompt", range(60, 900, 40))
def test_summary_and_turns_share_the_budget(name, prompt):
    context = plan(name, 20, summarised(words(30), 10), Budget(prompt, 0))
    assert context.tokens <= prompt
