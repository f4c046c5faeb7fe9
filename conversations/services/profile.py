"""What goes with a conversation's turns about its owner: facts and core memory."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from accounts import core_memory, facts
from accounts.models import CoreMemory, Fact
from chatsite.lib.fields import Unreadable
from conversations.core.context import CoreBlock, KnownFact
from conversations.models import Conversation, Message
from conversations.services import preferences
from conversations.services.preferences import Wishes
from conversations.services.redacting import told


def facts_for(
    conversation: Conversation, wishes: Wishes | None = None
) -> tuple[KnownFact, ...]:
    """The most important facts about its owner; none where they are switched off, by
    the conversation or the person. Two queries at most; ``wishes`` save one.
    """
    if not uses_facts(conversation, wishes):
        return ()
    best = facts.most_important(conversation.owner_id)
    return tuple(map(_told, filter(_is_readable, best)))


def core_for(
    conversation: Conversation, wishes: Wishes | None = None
) -> tuple[CoreBlock, ...]:
    """The written blocks of core memory, the assistant's first; none where facts stay
    out. Two queries at most; ``wishes`` save one.
    """
    if not uses_facts(conversation, wishes):
        return ()
    now = core_memory.current(conversation.owner_id)
    texts = (
        (label, told(now[label], "text"))
        for label in core_memory.LABELS
        if label in now
    )
    return tuple(
        CoreBlock(label, text)
        for label, text in texts
        if text and not isinstance(text, Unreadable)
    )


def uses_facts(conversation: Conversation, wishes: Wishes | None = None) -> bool:
    """Whether facts go with its turns. One query at most; ``wishes`` save it."""
    if conversation.temporary or not conversation.uses_facts:
        return False
    return (wishes or preferences.of(conversation.owner_id)).uses_facts


def matching(known: Iterable[Fact], words: str) -> list[Fact]:
    """The facts that have all of these words, or beginnings and parts of them."""
    wanted = words.casefold().split()
    told = ((fact, f"{fact.key} {fact.value}".casefold()) for fact in known)
    return [fact for fact, text in told if all(word in text for word in wanted)]


def conversations_behind(
    owner_id: UUID, known: Iterable[Fact | CoreMemory]
) -> dict[UUID, UUID]:
    """Where it was learnt: message → conversation, as far as it is still there."""
    ids = [fact.source_message for fact in known if fact.source_message]
    if not ids:
        return {}
    said = Message.objects.filter(owner_id=owner_id, id__in=ids)
    return dict(said.order_by().values_list("id", "conversation_id"))


def _is_readable(fact: Fact) -> bool:
    return not any(isinstance(text, Unreadable) for text in (fact.key, fact.value))


def _told(fact: Fact) -> KnownFact:
    key, value = told(fact, "key"), told(fact, "value")
    return KnownFact(key, value, fact.importance, fact.pinned)
