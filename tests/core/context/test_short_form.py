from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.core.context import STRATEGIES, Budget, Material
from conversations.core.context.blocks import items_of
from conversations.core.context.short_form import (
    BEGINNING,
    LONG,
    SHORT_TOKENS,
    as_sent,
    beginning,
    least_cost,
    short_output,
    shortened,
)
from conversations.core.tokens import PER_ITEM, count
from tests.core.context.branches import ListHistory, call, said, talk, words

PASTE = words(LONG + 1_000)


def test_a_paste_is_its_beginning_and_a_handle():
    message = said("user", PASTE)
    short = as_sent(message)
    start, _, line = short.text.rpartition("\n")
    left = f"{message.tokens - count(start):,}"
    assert PASTE.startswith(start)
    assert BEGINNING // 2 < count(start) <= BEGINNING
    assert line == f"[… {left} more tokens are left out here; message {message.id}]"
    assert short.tokens == count(short.text) <= SHORT_TOKENS
    assert short.short


def test_what_is_not_long_or_is_pinned_stays_as_it_is():
    for message in (said("user", words(LONG - 1)), said("user", PASTE, pinned=True)):
        assert as_sent(message) is message


def test_a_call_is_never_made_in_the_middle_of_the_handle():
    calls = (call(1, "early", 4), call(2, "late", len(PASTE) - 5))
    items = items_of(as_sent(said("assistant", PASTE, calls=calls)))
    assert [item.role for item in items] == [
        *("assistant", "tool", "assistant", "tool")
    ]
    assert items[2].text.endswith("]")


def test_an_output_stays_unless_it_is_long():
    assert short_output("18 °C", "call_1") == "18 °C"
    short = short_output(PASTE, "call_1")
    assert short.endswith("; tool call call_1]")
    assert count(short) <= SHORT_TOKENS


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1), st.integers(1, 9_000))
def test_no_script_makes_it_longer(text, times):
    start = beginning(text * times)
    assert count(start) <= BEGINNING
    assert (text * times).startswith(start)
    assert count(shortened(text * times, 10**7, "message " + "f" * 36)) <= SHORT_TOKENS


@pytest.mark.parametrize("size", [10, LONG, LONG + 1, 90_000])
def test_a_walk_counts_no_less_than_is_sent(size):
    message = said("user", words(size))
    assert least_cost(message.tokens) >= as_sent(message).cost
    assert least_cost(size, excluded=True) == 0
    assert least_cost(10) == 10 + PER_ITEM


@pytest.mark.parametrize("name", ["window", "summary", "hybrid"])
def test_only_the_question_is_as_long_as_it_likes(name):
    history = ListHistory(talk(PASTE, "I see.", PASTE))
    context = STRATEGIES[name](Material("", history, Budget(9_000, 0)))
    paste, _, question = context.items
    assert paste.text == as_sent(history.messages[0]).text
    assert question.text == PASTE
    assert context.blocks[-1].shortened == (history.messages[0].id,)
    receipt = context.receipt(Budget(9_000, 0))
    assert receipt["blocks"][-1]["shortened"] == [str(history.messages[0].id)]
