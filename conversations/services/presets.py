"""System prompts to use again: a person's own, and those the organisation offers."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from chatsite.lib.crypto import CannotOpen
from conversations.core.first_words import one_line
from conversations.models import Preset, SharedPreset
from conversations.services import choices
from conversations.services.access import NotFound
from conversations.services.choices import BadChoice

LONGEST_NAME = 80  # characters
MOST = 100  # presets a person


class BadPreset(ValueError):
    """The preset is refused; ``str()`` is a sentence for the person."""


def mine(owner_id: UUID) -> list[Preset]:
    """A person's own presets by name. One query; names are opened to be sorted."""
    rows = Preset.objects.filter(owner_id=owner_id)
    return sorted(rows, key=lambda preset: preset.name.casefold())


def shared() -> list[SharedPreset]:
    """The organisation's presets by name."""
    return list(SharedPreset.objects.all())


def get(owner_id: UUID, preset_id: UUID) -> Preset:
    """A person's own preset. Raises ``NotFound``."""
    found = Preset.objects.filter(owner_id=owner_id, id=preset_id).first()
    if found is None:
        raise NotFound
    return found


def text_of(owner_id: UUID, preset_id: UUID) -> str:
    """The words of a preset this person may use. Raises ``NotFound``."""
    offered = SharedPreset.objects.filter(id=preset_id).first()
    return offered.text if offered else get(owner_id, preset_id).text


@transaction.atomic
def add(owner_id: UUID, *, name: str, text: str) -> Preset:
    """Raises ``BadPreset``."""
    name, text = _clean(name, text)
    others = mine(owner_id)
    if len(others) >= MOST:
        raise BadPreset(f"You have {MOST} presets. Delete one first.")
    _check_free(name, others)
    return Preset.objects.create(owner_id=owner_id, name=name, text=text)


@transaction.atomic
def change(owner_id: UUID, preset_id: UUID, *, name: str, text: str) -> None:
    """Raises ``BadPreset``, ``NotFound``."""
    name, text = _clean(name, text)
    preset = get(owner_id, preset_id)
    _check_free(name, [one for one in mine(owner_id) if one.id != preset_id])
    try:
        preset.name, preset.text = name, text
    except CannotOpen:
        raise BadPreset(
            "This preset cannot be decrypted, so it is not overwritten."
        ) from None
    preset.save(update_fields=["name", "text"])


def delete(owner_id: UUID, preset_id: UUID) -> None:
    """Raises ``NotFound``."""
    gone, _ = Preset.objects.filter(owner_id=owner_id, id=preset_id).delete()
    if not gone:
        raise NotFound


def _clean(name: str, text: str) -> tuple[str, str]:
    name = one_line(name)
    if not name:
        raise BadPreset("A preset needs a name.")
    if len(name) > LONGEST_NAME:
        raise BadPreset(f"A name has at most {LONGEST_NAME} characters.")
    try:
        text = choices.clean_prompt(text)
    except BadChoice as problem:
        raise BadPreset(str(problem)) from None
    if not text:
        raise BadPreset("A preset needs some words for the model.")
    return name, text


def _check_free(name: str, others: list[Preset]) -> None:
    if any(other.name.casefold() == name.casefold() for other in others):
        raise BadPreset("You have a preset of that name.")
