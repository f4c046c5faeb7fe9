"""Facts learned from what a person says: what a turn leaves to ask for, and keeping it.

What somebody says of themselves now counts more than what was known, whoever wrote it
down. What the person set or pinned themselves gives way only to a value that stands in
their message, word for word; how important and whether pinned it is stays theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts import facts
from accounts.models import Fact
from chatsite.lib.fields import Unreadable
from conversations.core.learning import Found, says_no_more, worth_asking
from conversations.core.model_api import Item
from conversations.core.prompts import learn_items
from conversations.models import Charge, Conversation, Message, Turn
from conversations.services import preferences, profile
from conversations.services.redacting import told


@dataclass(frozen=True, slots=True)
class Work:
    """A message to ask about, with the prompt ``items``."""

    owner: UUID
    conversation: UUID
    message: UUID
    text: str
    items: tuple[Item, ...]


def due_after(turn_id: UUID) -> Work | None:
    """What to ask now that a turn is over: nothing of most messages, and of none twice.
    One query where nothing is due, three else.
    """
    turn = _turn(turn_id)
    if turn is None or not may_learn(turn.conversation):
        return None
    said = turn.message.parent
    if said is None or said.role != Message.Role.USER or said.excluded:
        return None
    text = said.body
    if isinstance(text, Unreadable) or not worth_asking(text) or _was_asked(said):
        return None
    known = facts.known(turn.owner_id)
    names = [told(fact, "key") for fact in known if _is_readable(fact)]
    items = learn_items(told(said, "body"), names)
    return Work(turn.owner_id, turn.conversation_id, said.id, text, items)


def may_learn(conversation: Conversation) -> bool:
    """Neither the person nor the conversation is against it. No query, for one that was
    read together with its owner's preferences.
    """
    wishes = preferences.of_owner(conversation.owner)
    return wishes.learns_facts and profile.uses_facts(conversation, wishes)


@transaction.atomic
def keep(work: Work, found: Iterable[Found]) -> int:
    """Know what was found from now on; how many facts that changed. Nothing, when it
    was switched off meanwhile, or the conversation is in the trash.
    """
    talks = Conversation.objects.select_related("owner__preferences")
    talk = talks.filter(id=work.conversation, deleted_at=None).first()
    if talk is None or not may_learn(talk):
        return 0
    known = {fact.key: fact for fact in facts.known(work.owner)}
    return sum(_keep(work, one, known) for one in found)


# --- helpers
def _keep(work: Work, found: Found, known: dict[str, Fact]) -> bool:
    try:
        before = known.get(facts.clean_key(found.key))
        if before is not None and not _gives_way(before, found):
            return False
        done = facts.remember(
            work.owner,
            found.key,
            found.value,
            importance=None if before else found.importance,
            source=Fact.Source.TALK,
            source_message=work.message,
        )
    except facts.BadFact:  # too many are known, or it has no name that can be seen
        return False
    known[done.fact.key] = done.fact
    return done.changed


def _gives_way(before: Fact, found: Found) -> bool:
    if isinstance(before.value, Unreadable) or says_no_more(found.value, before.value):
        return False
    by_hand = before.pinned or before.source == Fact.Source.PERSON
    return found.outright or not by_hand


def _is_readable(fact: Fact) -> bool:
    return not isinstance(fact.key, Unreadable)


def _was_asked(said: Message) -> bool:
    """For an earlier reply to it, or before the reply was gone on with."""
    turns = Turn.objects.filter(message__parent_id=said.id)
    asked = Charge.objects.filter(owner_id=said.owner_id, kind=Charge.Kind.FACTS)
    return asked.filter(turn_id__in=turns.values("id")).exists()


def _turn(turn_id: UUID) -> Turn | None:
    related = ("conversation__owner__preferences", "message__parent")
    turns = Turn.objects.select_related(*related).only(*_ASKED_WITH)
    return turns.filter(id=turn_id, conversation__deleted_at=None).first()


_ASKED_WITH = (
    "owner_id",
    "conversation__owner_id",
    "conversation__temporary",
    "conversation__uses_facts",
    "conversation__owner__preferences__model",
    "conversation__owner__preferences__strategy",
    "conversation__owner__preferences__system_prompt",
    "conversation__owner__preferences__uses_facts",
    "conversation__owner__preferences__learns_facts",
    "conversation__owner__preferences__recalls",
    "message__parent__owner_id",
    "message__parent__role",
    "message__parent__excluded",
    "message__parent__body",
)
