"""What models cost and how much they can read, and what one call costs.

Money is ``Decimal`` USD and exact: the cost of a call is rounded once, to the unit that
is stored, and only sums of such costs are made of it. The figures are those of the
providers' public price pages in November 2026; an administrator's table, which begins
with them, goes before (``services/catalogue.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from conversations.core.context import Budget
from conversations.core.model_api import Usage
from conversations.core.tokens import FALLBACK

MILLION = Decimal(1_000_000)
UNIT = Decimal("0.00000001")  # USD
REPLY_RESERVE = 4_096  # tokens kept free for the answer …
REPLY_SHARE = 4  # … but never more than this part of a small window
_DATE = re.compile(r"-(\d{4}|\d{6}|\d{8}|\d{4}-\d\d-\d\d)$")


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens."""

    input: Decimal = Decimal(0)
    cached: Decimal = Decimal(0)
    output: Decimal = Decimal(0)

    @property
    def is_free(self) -> bool:
        return not (self.input or self.cached or self.output)

    def cost(self, usage: Usage) -> Decimal:
        """USD of one call."""
        fresh = max(0, usage.input - usage.cached)
        millionths = (
            fresh * self.input + usage.cached * self.cached + usage.output * self.output
        )
        return (millionths / MILLION).quantize(UNIT, ROUND_HALF_UP)

    def most(self, prompt_tokens: int, reply_tokens: int) -> Decimal:
        """USD a call costs at most: nothing is cached and the reply is as long as it
        may be.
        """
        dearer = max(self.input, self.cached)
        millionths = prompt_tokens * dearer + reply_tokens * self.output
        return (millionths / MILLION).quantize(UNIT, ROUND_CEILING)

    def record(self) -> dict[str, str]:
        """As it is kept in a receipt."""
        return {
            "input": str(self.input),
            "cached": str(self.cached),
            "output": str(self.output),
        }

    @classmethod
    def of_record(cls, record: Mapping[str, str]) -> Price:
        return cls(*(Decimal(record[part]) for part in ("input", "cached", "output")))


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a model. ``window`` and ``reply_limit`` are in tokens; a limit
    of None is that of the server. ``encoding`` names the model's own tokenizer.
    """

    name: str
    label: str = ""
    window: int = 128_000
    reply_limit: int | None = None
    encoding: str = FALLBACK
    price: Price = Price()
    calls_tools: bool = False
    sees_images: bool = False

    @property
    def title(self) -> str:
        return self.label or self.name

    def budget(self, site_limit: int) -> Budget:
        """Tokens a turn may use: the site's limit, within the model's window."""
        window = min(site_limit, self.window)
        reply = min(REPLY_RESERVE, window // REPLY_SHARE)
        return Budget(window, min(reply, self.reply_limit or reply))

    def longest_reply(self, budget: Budget) -> int:
        """Tokens of the longest reply to reckon with; without a limit, the reserve."""
        return self.reply_limit or budget.reply


_SHIPPED = (  # name, window, USD per million tokens: input, cached input, output
    ("gpt-5.4-mini", 400_000, "0.75", "0.075", "4.50"),
    ("gpt-5.4", 1_050_000, "2.50", "0.25", "15.00"),
    ("gpt-5-mini", 400_000, "0.25", "0.025", "2.00"),
    ("gpt-5-nano", 400_000, "0.05", "0.005", "0.40"),
    ("gpt-5", 400_000, "1.25", "0.125", "10.00"),
    ("gpt-4.1-mini", 1_047_576, "0.40", "0.10", "1.60"),
    ("gpt-4o-mini", 128_000, "0.15", "0.075", "0.60"),
    ("gpt-4o", 128_000, "2.50", "1.25", "10.00"),
)
KNOWN = {
    name: ModelCard(
        name,
        window=window,
        price=Price(*map(Decimal, prices)),
        calls_tools=True,
        sees_images=True,
    )
    for name, window, *prices in _SHIPPED
}


_EMBEDDING = (  # name, USD per million tokens
    ("text-embedding-3-small", "0.02"),
    ("text-embedding-3-large", "0.13"),
    ("text-embedding-ada-002", "0.10"),
)
EMBEDDING = {  # models that nobody chats with
    name: ModelCard(name, window=8_191, price=Price(input=Decimal(usd)))
    for name, usd in _EMBEDDING
}


def find(model: str, cards: Mapping[str, ModelCard] = KNOWN) -> ModelCard:
    """The card of ``model``, or of whose dated snapshot it is (``gpt-5-2025-08-07``).

    One that nobody knows costs nothing: most of those run on own machines.
    """
    found = cards.get(model) or cards.get(_DATE.sub("", model))
    return replace(found, name=model) if found else ModelCard(model)


def is_known(model: str, cards: Mapping[str, ModelCard]) -> bool:
    """Whether ``model`` has a card, or that whose dated snapshot it is."""
    return model in cards or _DATE.sub("", model) in cards


def cost(model: str, usage: Usage) -> Decimal:
    """USD of one call at the shipped price."""
    return find(model).price.cost(usage)


def dollars(amount: Decimal) -> str:
    """Money for people: in cents; below a dollar, two digits that say something."""
    usd = abs(amount)
    small = 0 < usd < 1
    places = min(8, max(2, 1 - usd.adjusted())) if small else 2
    return f"{'-' if amount < 0 else ''}{dollars_exactly(round(usd, places))}"


def dollars_exactly(amount: Decimal) -> str:
    """A price: at least cents, and as much more as there is (``$0.125``)."""
    whole, _, part = f"{amount:,f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"
