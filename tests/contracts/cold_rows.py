"""Conversations that lie idle, and how they lie in the database."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from conversations.models import Conversation, Summary, ToolCall
from conversations.services import cold
from tests.factories import create_conversation, create_message, create_reply

NOW = timezone.now()
OLD = NOW - timedelta(days=200)
TICK = timedelta(microseconds=1)
TEXTS = [
    "Where is the harbour of Odda?",
    "At the end of the fjord. \ud800 \x00 𝄞",
    "",
    "x" * 3_000,
]


def lie_idle(talk: Conversation, since=OLD) -> Conversation:
    Conversation.objects.filter(id=talk.id).update(updated=since)
    talk.refresh_from_db()
    return talk


def said_in(owner, texts=TEXTS, **fields) -> Conversation:
    """With a text in each of the fields that are moved."""
    talk = create_conversation(owner, **fields)
    for text in texts:
        create_message(talk, text)
        turn = create_reply(talk, f"Answer: {text}", receipt=f'{{"said": "{text}"}}')
        ToolCall.objects.create(
            turn=turn, owner_id=owner.pk, name="clock", offset=0,
            call_id="c", input=f"in {text}", output=f"out {text}", short=text,
        )  # fmt: skip
    Summary.objects.create(
        conversation=talk, owner_id=owner.pk, covers_id=talk.head_id, covered=2,
        text="They spoke of Odda.", tokens=5, source_tokens=9, version=1,
    )  # fmt: skip
    return lie_idle(talk)


def freeze(now=NOW) -> int:
    """All that is idle; how many pieces."""
    pieces = 0
    while cold.freeze_some(now):
        pieces += 1
    return pieces


def read(talk: Conversation) -> list[str]:
    """Every text of it, by the fields of its rows."""
    return [
        getattr(row, place.field)
        for place in cold.PLACES
        for row in place.model.objects.filter(**{place.conversation: talk.id}).order_by(
            "id"
        )
    ]


def lying(talk: Conversation) -> list[bytes]:
    """The same as it lies in the database."""
    found = []
    for place in cold.PLACES:
        rows = place.model.objects.filter(**{place.conversation: talk.id})
        found += rows.order_by("id").values_list(place.field, flat=True)
    return found
