"""The administrator's table of models: which there are, what they read and cost.

It is asked several times a turn and changes once a month, so a process remembers it
for a few seconds: a change made here counts at once, one made elsewhere soon.

Tokens are counted when a message is written, for models not chosen yet: with one
encoding for all (``core/tokens.FALLBACK``). A card's own ``encoding`` is for those who
count anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from conversations import conf
from conversations.core.context import Budget
from conversations.core.prices import (
    EMBEDDING,
    KNOWN,
    ModelCard,
    Price,
    find,
    is_known,
)
from conversations.models import LanguageModel
from conversations.services.remembering import Remembered

DEMOS = (conf.DEMO, "demo-fast", "demo-echo-context")  # the others play faults


@dataclass(frozen=True, slots=True)
class Table:
    """The shipped cards under the administrator's, and which of these are offered."""

    cards: dict[str, ModelCard]
    offered: tuple[str, ...]
    withheld: frozenset[str]


def card(model: str) -> ModelCard:
    """What is known of ``model``: from its row, or that of the model whose dated
    snapshot it is, or as shipped; one that nobody knows is free.
    """
    return find(model, _table.get().cards)


def budget(model: str) -> Budget:
    """Tokens a turn may use: the site's limit, within the model's window."""
    return card(model).budget(conf.context_tokens())


def offered() -> list[ModelCard]:
    """The models people may choose, the site's own first."""
    names = [conf.chat_defaults().model, *_choices()]
    return [card(name) for name in dict.fromkeys(names)]


def may_choose(model: str) -> bool:
    """Whether people may name this model. One that nobody knows has no price, so
    whoever could name any model would have no budget.
    """
    if conf.uses_demo_model():
        return _is_demo(model)
    return model == conf.chat_defaults().model or model in _choices()


def is_withheld(model: str) -> bool:
    """Whether nobody may use it: an administrator offers it no more."""
    return not _is_own(model) and model in _table.get().withheld


def has_unknown_price(model: str) -> bool:
    """Whether nobody knows its price: who has a budget to keep may not use it."""
    return not (_is_own(model) or is_known(model, _table.get().cards))


def forget() -> None:
    """Read the table again when it is asked for next."""
    _table.forget()


# --- helpers
def _read() -> Table:
    rows = list(LanguageModel.objects.all())
    return Table(
        KNOWN | EMBEDDING | {row.name: _card(row) for row in rows},
        tuple(row.name for row in rows if row.offered),
        frozenset(row.name for row in rows if not row.offered),
    )


_table = Remembered(lambda: _read())


def _card(row: LanguageModel) -> ModelCard:
    price = Price(row.input_price, row.cached_price, row.output_price)
    return ModelCard(
        row.name,
        row.label,
        row.window,
        row.reply_limit,
        row.encoding,
        price,
        row.calls_tools,
        row.sees_images,
    )


def _choices() -> tuple[str, ...]:
    names = _table.get().offered
    if not conf.uses_demo_model():
        return names
    return (*DEMOS, *(name for name in names if _is_demo(name)))


def _is_own(model: str) -> bool:
    return model == conf.chat_defaults().model or _is_demo(model)


def _is_demo(model: str) -> bool:
    return model == conf.DEMO or model.startswith(f"{conf.DEMO}-")


@receiver([post_save, post_delete], sender=LanguageModel)
def _changed(**kwargs: Any) -> None:
    forget()
    transaction.on_commit(forget)  # others read the old rows until then
