"""A conversation that grows, with the summaries the product makes on the way.

Import when Django is ready.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from benchmarks.context.demo import demo_answer
from benchmarks.context.needles import Needle, of_talk
from benchmarks.context.small_talk import Exchange, SmallTalk
from benchmarks.people import make_person
from chatsite.lib.ids import uuid7
from conversations import conf
from conversations.core.model_api import Usage
from conversations.core.summaries import BadSummary
from conversations.core.tokens import PER_ITEM, count
from conversations.models import Conversation, Message, Turn
from conversations.services import ancestry, indexing, spending, summarising

AT_ONCE = 100  # turns a transaction


@dataclass
class Talk:
    """A conversation under way. ``place`` is where it ends."""

    conversation: Conversation
    chatter: SmallTalk
    needles: dict[int, Needle]
    turns: int = 0
    reply_tokens: int = 0
    place: ancestry.Place | None = None
    refused: int = 0  # summaries that were no use


def grown(messages: int, own: float) -> Talk:
    """A conversation of so many messages, whose person speaks of ``own`` matters."""
    name = f"talker-{messages}-{int(100 * own)}"
    person = make_person(name)
    talk = Talk(
        Conversation.objects.create(owner=person, title="A talk"),
        SmallTalk(messages, own),
        of_talk(messages // 2),
    )
    for first in range(0, messages // 2, AT_ONCE):
        with transaction.atomic():
            for _ in range(first, min(first + AT_ONCE, messages // 2)):
                go_on(talk)
    return talk


def go_on(talk: Talk) -> Turn:
    """One more turn, and the summary that is due after it. Its row, not yet told of
    any summary that came later.
    """
    turn = next_turn(talk)
    summarise(talk, turn)
    return turn


def next_turn(talk: Talk) -> Turn:
    """One more turn, answered."""
    exchange = talk.chatter.turn(talk.needles.get(talk.turns))
    said, reply = _messages(talk, exchange)
    Message.objects.bulk_create([said, reply])
    indexing.put_messages([said, reply])
    turn = Turn.objects.create(
        conversation=talk.conversation,
        owner_id=said.owner_id,
        message=reply,
        status=Turn.Status.COMPLETE,
        model=conf.chat_defaults().model,
        strategy="hybrid",
    )
    talk.turns += 1
    talk.reply_tokens += reply.tokens
    talk.conversation.head = reply
    talk.conversation.message_count = 2 * talk.turns
    talk.conversation.save(update_fields=["head", "message_count"])
    return turn


def summarise(talk: Talk, turn: Turn) -> None:
    """What ``tasks.summary`` does after a turn, answered by the demo model in place."""
    work = summarising.due_after(turn.id)
    if work is None:
        return
    answer = demo_answer(work.items)
    sent = sum(count(item.text) + PER_ITEM for item in work.items)
    spending.charge(
        "summary",
        owner_id=work.owner,
        conversation_id=work.conversation,
        turn_id=turn.id,
        model=conf.task_model(),
        usage=Usage(input=sent, output=count(answer)),
    )
    try:
        summarising.store(work, answer)
    except BadSummary:
        talk.refused += 1


def summary_usd(talk: Talk) -> float:
    """What summaries cost, in USD a turn, over the talk so far."""
    total = spending.conversation_total(
        by=talk.conversation.owner_id, conversation_id=talk.conversation.id
    )
    return float(total.background) / talk.turns


def _messages(talk: Talk, exchange: Exchange) -> Iterator[Message]:
    owner = talk.conversation.owner_id
    texts = {"user": exchange.said, "assistant": exchange.answered}
    for role, text in texts.items():
        message = Message(
            id=uuid7(),
            conversation=talk.conversation,
            owner_id=owner,
            parent_id=talk.place.id if talk.place else None,
            role=role,
            body=text,
            tokens=count(text),
        )
        talk.place = ancestry.put(message, talk.place)
        yield message
