"""Conversations by the thousand, sealed; import when Django is ready."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from benchmarks import samples
from chatsite.lib.ids import uuid7
from conversations.core import tokens
from conversations.core.markdown import RENDERER_VERSION, render
from conversations.models import Conversation, Message, Turn

AT_ONCE = 100  # conversations a transaction
QUESTION = "What should I know about this before I begin, and what comes after it?"
LONG_PART = 4_096  # characters; one reply in ten holds so much


def question(number: int) -> str:
    return f"{number}. {QUESTION}"


def reply(number: int) -> str:
    """About 400 characters; one in ten is as long as what a tool brings."""
    kind = list(samples.KINDS.values())[number % len(samples.KINDS)]
    return (kind * 12)[:LONG_PART] if number % 10 == 0 else kind[:400]


def fill(owner: User, conversations: int, messages: int) -> None:
    """``conversations`` of ``messages`` each, over the past two years. Says how far."""
    chance = random.Random(conversations)  # noqa: S311 - only to spread them
    now = timezone.now()
    for first in range(0, conversations, AT_ONCE):
        with transaction.atomic():
            for number in range(first, min(first + AT_ONCE, conversations)):
                active = now - timedelta(minutes=chance.randrange(1_000_000))
                converse(owner, f"Talk number {number}", messages, active=active)
        _say(f"  {min(first + AT_ONCE, conversations):,} conversations")
    _say("\n")


def converse(
    owner: User,
    title: str,
    messages: int,
    *,
    into: Conversation | None = None,
    active: datetime | None = None,
) -> Conversation:
    """One conversation, or ``messages`` more at the end of ``into``."""
    active = active or timezone.now()
    talk = into or Conversation.objects.create(
        owner=owner, title=title, created=active, updated=active
    )
    said = list(_said(talk, messages, active))
    Message.objects.bulk_create(said)
    Turn.objects.bulk_create(
        Turn(
            conversation=talk,
            owner_id=talk.owner_id,
            message=each,
            status=Turn.Status.COMPLETE,
            model="demo",
            strategy="window",
            created=active,
        )
        for each in said
        if each.role == Message.Role.ASSISTANT
    )
    talk.head = said[-1]
    talk.message_count += len(said)
    talk.save(update_fields=["head", "message_count"])
    return talk


def _said(talk: Conversation, messages: int, at: datetime) -> Iterator[Message]:
    parent, depth = talk.head_id, talk.message_count
    for number in range(depth, depth + messages):
        by_person = number % 2 == 0
        text = question(number) if by_person else reply(number // 2)
        message = Message(
            id=uuid7(),
            conversation=talk,
            owner_id=talk.owner_id,
            parent_id=parent,
            depth=number + 1,
            role=Message.Role.USER if by_person else Message.Role.ASSISTANT,
            body=text,
            html="" if by_person else rendered(text),
            html_version=0 if by_person else RENDERER_VERSION,
            tokens=counted(text if not by_person else QUESTION),
            created=at,
        )
        parent = message.id
        yield message


rendered = lru_cache(maxsize=None)(render)  # replies repeat
counted = lru_cache(maxsize=None)(tokens.count)


def _say(line: str) -> None:
    print(f"\r{line}", end="", file=sys.stderr, flush=True)
