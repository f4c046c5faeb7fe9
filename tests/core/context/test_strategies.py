"""What every strategy promises, for any history and any budget."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.context import STRATEGIES, Budget, StoredMessage
from conversations.core.tokens import PER_ITEM, count


class ListHistory:
    """``History`` over a list; counts how much of it was read."""

    def __init__(self, messages: list[StoredMessage]) -> None:
        self.messages = messages
        self.count = len(messages)
        self.read = 0

    def tail(self, tokens: int) -> list[StoredMessage]:
        kept, spent = [], 0
        for message in reversed(self.messages):
            kept.append(message)
            spent += message.tokens
            if spent > tokens:
                break
        self.read = len(kept)
        return kept[::-1]

    def everything(self) -> list[StoredMessage]:
        self.read = len(self.messages)
        return self.messages


def message(role: str, tokens: int, text: str = "x") -> StoredMessage:
    return StoredMessage(uuid.uuid4(), role, text, tokens)


@st.composite
def histories(draw) -> list[StoredMessage]:
    sizes = draw(st.lists(st.integers(0, 400), max_size=40))
    talk = [
        message("user" if at % 2 == 0 else "assistant", size, f"m{at}")
        for at, size in enumerate(sizes)
    ]
    return [*talk, message("user", draw(st.integers(1, 400)), "the question")]


budgets = st.builds(Budget, window=st.integers(0, 3_000), reply=st.integers(0, 500))


@given(histories(), budgets, st.sampled_from(["", "Be brief."]))
@pytest.mark.parametrize("name", STRATEGIES)
def test_order_is_kept_and_the_question_always_goes(name, messages, budget, system):
    context = STRATEGIES[name](system, ListHistory(messages), budget)
    sent = [item.text for item in context.items if item.role != "system"]
    order = [m.text for m in messages]
    assert sent == [text for text in order if text in sent]
    assert sent[-1] == "the question"


@given(histories(), budgets, st.sampled_from(["", "Be brief."]))
@pytest.mark.parametrize("name", STRATEGIES)
def test_the_system_prompt_always_goes_first(name, messages, budget, system):
    context = STRATEGIES[name](system, ListHistory(messages), budget)
    systems = [item.text for item in context.items if item.role == "system"]
    assert systems == ([system] if system else [])
    assert not system or context.items[0].role == "system"


@given(histories(), budgets)
def test_a_window_is_within_budget_unless_the_question_alone_is_not(messages, budget):
    context = STRATEGIES["window"]("", ListHistory(messages), budget)
    alone = messages[-1].cost
    assert context.tokens <= budget.prompt or context.tokens == alone
    assert context.over_budget == (context.tokens > budget.prompt)


@given(histories(), budgets)
def test_a_window_begins_with_what_a_person_said(messages, budget):
    context = STRATEGIES["window"]("", ListHistory(messages), budget)
    assert context.items[0].role == "user"


@given(histories(), budgets)
@pytest.mark.parametrize("name", STRATEGIES)
def test_sent_and_left_out_are_all_there_is(name, messages, budget):
    context = STRATEGIES[name]("", ListHistory(messages), budget)
    sent = sum(len(block.messages) for block in context.blocks)
    assert sent + sum(left.count for left in context.left_out) == len(messages)


def test_a_window_reads_no_more_of_a_long_history_than_it_sends():
    budget = Budget(window=1_000, reply=200)
    reads = []
    for length in (101, 10_001):
        history = ListHistory([message("user", 50) for _ in range(length)])
        STRATEGIES["window"]("", history, budget)
        reads.append(history.read)
    assert reads[0] == reads[1] <= 20


def test_full_sends_everything_and_says_when_it_is_too_much():
    messages = [message("user", 100) for _ in range(10)]
    context = STRATEGIES["full"]("", ListHistory(messages), Budget(500, 100))
    assert len(context.items) == 10
    assert context.over_budget


def test_an_empty_reply_is_not_sent():
    messages = [message("user", 5, "hi"), message("assistant", 0, "")]
    messages.append(message("user", 5, "hello?"))
    context = STRATEGIES["full"]("", ListHistory(messages), Budget(500, 100))
    assert [item.text for item in context.items] == ["hi", "hello?"]


def test_the_receipt_names_every_block_and_keeps_no_one_s_words():
    messages = [message("user", 5, "my secret")]
    budget = Budget(500, 100)
    context = STRATEGIES["window"]("Be kind.", ListHistory(messages), budget)
    system_tokens = count("Be kind.") + PER_ITEM
    assert context.receipt(budget) == {
        "strategy": "window",
        "window": 500,
        "reply_reserve": 100,
        "tokens": system_tokens + 5 + PER_ITEM,
        "over_budget": False,
        "blocks": [
            {"kind": "system", "tokens": system_tokens, "texts": ["Be kind."]},
            {
                "kind": "recent",
                "tokens": 5 + PER_ITEM,
                "messages": [str(messages[0].id)],
            },
        ],
        "left_out": [],
    }
