from decimal import Decimal

import pytest

from conversations.core.model_api import Usage
from conversations.core.prices import FREE, PRICES, cost, price_of


def test_cached_input_is_billed_as_cached():
    price = PRICES["gpt-5-mini"]
    usage = Usage(input=1_000_000, cached=400_000, output=100_000)
    expected = price.input * 6 / 10 + price.cached * 4 / 10 + price.output / 10
    assert cost("gpt-5-mini", usage) == expected


def test_a_dated_snapshot_costs_what_its_model_costs():
    assert price_of("gpt-5-2025-08-07") is PRICES["gpt-5"]
    assert price_of("gpt-5-mini-2025-08-07") is PRICES["gpt-5-mini"]


@pytest.mark.parametrize("model", ["llama3.2", "demo", "gpt-5-turbo-by-someone"])
def test_a_model_that_is_not_in_the_table_costs_nothing(model):
    assert price_of(model) is FREE
    assert cost(model, Usage(1000, 1000)) == Decimal(0)
