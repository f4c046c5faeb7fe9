"""What a person wants of every conversation that does not say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import User
from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import Unreadable
from conversations import conf
from conversations.models import Conversation, Preferences, SharedPreset
from conversations.services import choices
from conversations.services.choices import BadChoice
from conversations.services.remembering import Remembered


@dataclass(frozen=True, slots=True)
class Wishes:
    """``""`` follows the organisation, and then the site."""

    model: str = ""
    strategy: str = ""
    system_prompt: str = ""
    uses_facts: bool = True
    learns_facts: bool = True
    recalls: bool = True


_CLEANED: dict[str, Callable[[Any], Any]] = {
    "model": choices.clean_model,
    "strategy": choices.clean_strategy,
    "system_prompt": choices.clean_prompt,
    "uses_facts": bool,
    "learns_facts": bool,
    "recalls": bool,
}


def of(owner_id: UUID) -> Wishes:
    """What the person wants; of who never said, the defaults. One query."""
    return _wishes(Preferences.objects.filter(owner_id=owner_id).first())


def of_owner(owner: User) -> Wishes:
    """The same, of a person whose row was read together with their preferences."""
    return _wishes(getattr(owner, "preferences", None))


def _wishes(row: Preferences | None) -> Wishes:
    if row is None:
        return Wishes()
    # a strategy may have gone since it was chosen
    offered = row.strategy in conf.chat_defaults().strategies
    return Wishes(
        row.model,
        row.strategy if offered else "",
        row.system_prompt,
        row.uses_facts,
        row.learns_facts,
        row.recalls,
    )


@transaction.atomic
def change(owner_id: UUID, **fields: Any) -> Wishes:
    """Change some of ``Wishes``' fields. Raises ``BadChoice``."""
    values = {name: _CLEANED[name](value) for name, value in fields.items()}
    row, _ = Preferences.objects.get_or_create(owner_id=owner_id)
    try:
        for name, value in values.items():
            setattr(row, name, value)
    except CannotOpen:
        raise BadChoice(
            "The present system prompt cannot be decrypted, so it is not overwritten."
        ) from None
    if values:
        row.save(update_fields=list(values))
    return of(owner_id)


def system_prompt_for(conversation: Conversation, wishes: Wishes | None = None) -> str:
    """The conversation's own, else its owner's, the organisation's, the site's. Two
    queries at most; ``wishes`` of the owner save one.
    """
    if own := _readable(conversation.system_prompt):
        return own
    return inherited_prompt(conversation.owner_id, wishes)


def inherited_prompt(owner_id: UUID, wishes: Wishes | None = None) -> str:
    """What goes to the model when a conversation has no system prompt of its own."""
    wishes = wishes or of(owner_id)
    return _readable(wishes.system_prompt) or shared_prompt()


def shared_prompt() -> str:
    """What goes to the model for who has no default of their own. A query now and
    then: it goes with nearly every turn, and changes once a year.
    """
    return _default.get() or conf.site_prompt()


def forget() -> None:
    """Read the organisation's default again when it is asked for next."""
    _default.forget()


def _read_default() -> str:
    default = SharedPreset.objects.filter(is_default=True)
    return default.values_list("text", flat=True).first() or ""


_default = Remembered(_read_default)


@receiver([post_save, post_delete], sender=SharedPreset)
def _changed(**kwargs: Any) -> None:
    forget()
    transaction.on_commit(forget)  # others read the old row until then


def _readable(text: str) -> str:
    """What cannot be opened is no instruction to a model."""
    return "" if isinstance(text, Unreadable) else text
