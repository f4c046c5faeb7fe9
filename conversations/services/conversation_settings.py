"""What a person sets for one conversation. Each change is one statement on its row."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from chatsite.lib.fields import SealedTextField, Unreadable
from conversations.services import access, choices
from conversations.services.choices import BadChoice
from conversations.services.conversations import Refused


@transaction.atomic
def set_system_prompt(*, by: UUID, conversation_id: UUID, text: str) -> None:
    """ "" follows the person's default. Raises ``BadChoice``, ``Refused``."""
    text = choices.clean_prompt(text)
    conversation = access.conversation(by, conversation_id)
    if isinstance(conversation.system_prompt, Unreadable):
        raise BadChoice(
            "The present system prompt cannot be decrypted, so it is not overwritten."
        )
    _change(
        by, conversation_id, SealedTextField.sealed(conversation, system_prompt=text)
    )


def set_choice(
    *,
    by: UUID,
    conversation_id: UUID,
    model: str | None = None,
    strategy: str | None = None,
) -> None:
    """The model and strategy of its next turns; "" follows the person's, None leaves
    it. Raises ``BadChoice``, ``Refused``.
    """
    values: dict[str, Any] = {}
    if model is not None:
        values["model"] = choices.clean_model(model)
    if strategy is not None:
        values["strategy"] = choices.clean_strategy(strategy)
    _change(by, conversation_id, values)


def set_flags(
    *,
    by: UUID,
    conversation_id: UUID,
    uses_facts: bool | None = None,
    recalls: bool | None = None,
    summarises: bool | None = None,
) -> None:
    """Whether facts go with its turns, whether it is part of memory, and whether it is
    summarised; None leaves it. Raises ``Refused``.
    """
    given = {"uses_facts": uses_facts, "recalls": recalls, "summarises": summarises}
    values = {name: value for name, value in given.items() if value is not None}
    _change(by, conversation_id, values)


def _change(by: UUID, conversation_id: UUID, values: dict[str, Any]) -> None:
    """Change a conversation that is not in the trash."""
    there = access.conversations_of(by).filter(id=conversation_id, deleted_at=None)
    if values and there.update(**values):
        return
    conversation = access.conversation(by, conversation_id)
    if conversation.deleted_at is not None:
        raise Refused("This conversation is in the trash. Restore it first.")
