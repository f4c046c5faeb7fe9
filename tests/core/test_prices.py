from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.context import Budget
from conversations.core.model_api import Usage
from conversations.core.prices import (
    KNOWN,
    UNIT,
    ModelCard,
    Price,
    dollars,
    dollars_exactly,
    find,
)

MINI = KNOWN["gpt-5-mini"].price
tokens = st.integers(0, 2_000_000)
amounts = st.decimals(0, 1_000, places=6)
prices = st.builds(Price, amounts, amounts, amounts)


# --- what a call costs
def test_cached_input_is_billed_as_cached():
    usage = Usage(input=1_000_000, cached=400_000, output=100_000)
    expected = MINI.input * 6 / 10 + MINI.cached * 4 / 10 + MINI.output / 10
    assert MINI.cost(usage) == expected


def test_a_cost_is_a_whole_number_of_the_unit_that_is_stored():
    assert MINI.cost(Usage(input=1, cached=1)) == Decimal("0.00000003")  # 2.5, up
    assert MINI.cost(Usage(input=1)) == Decimal("0.00000025")


@given(prices, tokens, tokens, st.integers(0, 100))
def test_no_call_costs_more_than_it_may_at_most(price, sent, answered, cached):
    usage = Usage(sent, answered, sent * cached // 100)
    cost, most = price.cost(usage), price.most(sent, answered)
    assert 0 <= cost <= most
    assert cost % UNIT == most % UNIT == 0


@given(prices)
def test_a_price_is_read_from_a_receipt_as_it_was_written(price):
    assert Price.of_record(price.record()) == price
    assert all(isinstance(part, str) for part in price.record().values())


# --- which card
@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-5", "gpt-5"),
        ("gpt-5-2025-08-07", "gpt-5"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("gpt-4o-20240806", "gpt-4o"),
    ],
)
def test_a_dated_snapshot_costs_what_its_model_costs(model, known):
    card = find(model)
    assert (card.name, card.price) == (model, KNOWN[known].price)


@pytest.mark.parametrize(
    "model", ["llama3.2", "demo", "gpt-5-turbo-by-someone", "gpt-5-32k", "gpt-5-70b"]
)
def test_a_model_that_is_not_in_the_table_costs_nothing(model):
    assert find(model) == ModelCard(model)
    assert find(model).price.is_free
    assert find(model).price.cost(Usage(1000, 1000)) == 0


# --- what it may read
@pytest.mark.parametrize(
    ("card", "limit", "expected"),
    [
        (ModelCard("a"), 16_000, Budget(16_000, 4_000)),
        (ModelCard("a"), 64_000, Budget(64_000, 4_096)),
        (ModelCard("a", window=8_000), 16_000, Budget(8_000, 2_000)),
        (ModelCard("a", reply_limit=512), 16_000, Budget(16_000, 512)),
        (ModelCard("a", reply_limit=9_000), 16_000, Budget(16_000, 4_000)),
    ],
)
def test_a_turn_gets_the_sites_limit_within_the_models(card, limit, expected):
    assert card.budget(limit) == expected


# --- money in words
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "$0.00"),
        ("0.00000003", "$0.00000003"),
        ("0.0006275", "$0.00063"),
        ("0.045", "$0.045"),
        ("0.05", "$0.05"),
        ("0.0000001", "$0.0000001"),
        ("0.999999", "$1.00"),
        ("0.3", "$0.30"),
        ("1.005", "$1.00"),
        ("12345.678", "$12,345.68"),
        ("-0.25", "-$0.25"),
    ],
)
def test_money_is_told_in_cents_or_two_digits_that_say_something(amount, words):
    assert dollars(Decimal(amount)) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0", "$0.00"), ("0.125", "$0.125"), ("2.5000", "$2.50"), ("1200", "$1,200.00")],
)
def test_a_price_is_told_exactly(amount, words):
    assert dollars_exactly(Decimal(amount)) == words
