"""What may be chosen, by a person or for a conversation: models, strategies, words."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.conf import chat_defaults
from conversations.core.prices import ModelCard, dollars_exactly
from conversations.core.requests import SHAPES
from conversations.services import catalogue

LONGEST_PROMPT = 20_000  # characters

# what each sends, and what that costs
_STRATEGIES = {
    "full": (
        "Full",
        "All that was said goes with each message. Nothing is missing; every message "
        "costs more than the one before, until the model can take no more.",
    ),
    "window": (
        "Window",
        "The latest turns that fit. The cost stays level; what is older is not sent.",
    ),
    "summary": (
        "Summary",
        "The latest turns, and a running summary of what is older. The cost stays "
        "level, with a little for keeping the summary; it may miss details.",
    ),
    "recall": (
        "Recall",
        "The past turns that matter most to your question, and the latest one. The "
        "cost is low and level; what is not found is not sent.",
    ),
    "hybrid": (
        "Hybrid",
        "A running summary, the past turns that matter, and the last five turns. The "
        "cost stays level, and the least is lost.",
    ),
}


class BadChoice(ValueError):
    """It cannot be chosen; ``str()`` is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to choose, in words. ``line``: what it does and costs."""

    name: str
    label: str
    line: str = ""


def strategies() -> list[Offer]:
    """The context strategies, from the one that sends most."""
    known = chat_defaults().strategies
    ordered = sorted(known, key=lambda name: (name not in _STRATEGIES, name))
    rest = [Offer(name, name) for name in ordered if name not in _STRATEGIES]
    offers = [Offer(n, *words) for n, words in _STRATEGIES.items() if n in known]
    return offers + rest


def models() -> list[Offer]:
    """The models that the site offers, its own first."""
    return [Offer(card.name, card.title, _cost(card)) for card in catalogue.offered()]


def clean_strategy(name: str) -> str:
    """A strategy's name, or "" to follow. Raises ``BadChoice``."""
    if name and name not in chat_defaults().strategies:
        raise BadChoice("There is no such context strategy.")
    return name


def clean_model(name: str) -> str:
    """A model's name that a request may have too, or "". Raises ``BadChoice``."""
    try:
        named = str(SHAPES["send"]["model"].check(name)) if name else ""
    except ValueError:
        raise BadChoice("That cannot be the name of a model.") from None
    if named and not catalogue.may_choose(named):
        raise BadChoice(f"{named} is not among the models of this site.")
    return named


def clean_prompt(text: str) -> str:
    """A system prompt as it is stored. Raises ``BadChoice``."""
    # forms send \r\n; half characters cannot be sent on
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > LONGEST_PROMPT:
        raise BadChoice(
            f"A system prompt has at most {LONGEST_PROMPT:,} characters; "
            f"this is {len(text):,}."
        )
    return text


def _cost(card: ModelCard) -> str:
    price = card.price
    if price.is_free:
        return ""
    prices = f"{dollars_exactly(price.input)} in, {dollars_exactly(price.output)} out"
    return f"{prices} per million tokens"
