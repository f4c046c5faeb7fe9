"""What models cost and how much they can read, and what one call cost.

USD per million tokens, from the providers' public price pages in November 2026. A
model that is not in the table costs nothing here: most of those run on own machines.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from conversations.core.model_api import Usage

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens; ``window`` is in tokens."""

    input: Decimal
    cached: Decimal
    output: Decimal
    window: int


FREE = Price(Decimal(0), Decimal(0), Decimal(0), 128_000)
PRICES = {
    "gpt-5.4-mini": Price(Decimal("0.75"), Decimal("0.075"), Decimal("4.50"), 400_000),
    "gpt-5.4": Price(Decimal("2.50"), Decimal("0.25"), Decimal("15.00"), 1_050_000),
    "gpt-5-mini": Price(Decimal("0.25"), Decimal("0.025"), Decimal("2.00"), 400_000),
    "gpt-5-nano": Price(Decimal("0.05"), Decimal("0.005"), Decimal("0.40"), 400_000),
    "gpt-5": Price(Decimal("1.25"), Decimal("0.125"), Decimal("10.00"), 400_000),
    "gpt-4.1-mini": Price(Decimal("0.40"), Decimal("0.10"), Decimal("1.60"), 1_047_576),
    "gpt-4o-mini": Price(Decimal("0.15"), Decimal("0.075"), Decimal("0.60"), 128_000),
    "gpt-4o": Price(Decimal("2.50"), Decimal("1.25"), Decimal("10.00"), 128_000),
}


def price_of(model: str) -> Price:
    """The price of ``model``, or of whose snapshot it is (``gpt-5-2025-08-07``)."""
    for name in sorted(PRICES, key=len, reverse=True):
        dated = model.startswith(f"{name}-") and model[len(name) + 1 :][:1].isdigit()
        if model == name or dated:
            return PRICES[name]
    return FREE


def cost(model: str, usage: Usage) -> Decimal:
    """USD of one call at today's price."""
    price = price_of(model)
    fresh = max(0, usage.input - usage.cached)
    return (
        fresh * price.input + usage.cached * price.cached + usage.output * price.output
    ) / MILLION
