"""The end of a turn: its reply, usage, cost and status, in one transaction."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from conversations.core import frames
from conversations.core.markdown import (
    RENDERER_VERSION,
    render,
    render_unfinished,
)
from conversations.core.model_api import Usage
from conversations.core.prices import Price
from conversations.core.tokens import count
from conversations.core.turn import NOTHING, Outcome, Settled, SoFar
from conversations.models import Conversation, Message, Turn, TurnChunk
from conversations.services import indexing, redacting, spending
from conversations.services.calling import cancel_open_calls
from conversations.services.planning import price_planned, tokens_planned


def settle_claimed(
    turn: Turn,
    claim: QuerySet[Turn],
    outcome: Outcome,
    used: Usage,
    had: SoFar,
    price: Price,
) -> Settled | None:
    """Settle ``turn`` if ``claim`` (the row, in the status it must have) is granted.

    A turn that went on is charged for all its parts: ``had``, then ``used``, at the
    ``price`` of the moment it was begun.
    """
    new_cost = price.cost(used)
    cost = had.cost_usd + new_cost
    usage, error = had.usage + used, outcome.error
    redacted = redacting.noted(turn.owner_id, redacting.Shown(outcome.text))
    with transaction.atomic():
        if not claim.update(
            status=outcome.status,
            finished=timezone.now(),
            first_token=outcome.first_token or had.first_token,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cached_tokens=usage.cached,
            cost_usd=cost,
            reserved_usd=0,
            error_code=error.code if error else "",
            error_sentence=str(error)[:300] if error else "",
            error_detail=error.detail[:300] if error else "",
        ):
            return None
        _store_reply(turn, outcome, had, redacted)
        TurnChunk.objects.filter(turn_id=turn.id).delete()
        cancel_open_calls(turn.id)
        spending.settle(turn, had=had.usage, used=used, cost=new_cost)
    return Settled(
        turn.id,
        turn.conversation_id,
        turn.message_id,
        turn.owner_id,
        outcome.status,
        len(outcome.text),
        usage,
        cost,
        frames.error_fields(error),
        next_queued(turn.conversation_id),
    )


def end_unrun(turn: Turn, claim: QuerySet[Turn], outcome: Outcome) -> Settled | None:
    """Settle a turn that nobody runs, with the text it has, if ``claim`` is granted.

    What its dead runner had spent is estimated.
    """
    had = so_far(turn)
    outcome.text = had.text
    if turn.stop_seen is not None:
        seen = max(turn.stop_seen, len(turn.message.body))
        outcome.text = had.text[:seen]
    price = price_planned(turn)
    return settle_claimed(turn, claim, outcome, had.unsettled, had, price)


def so_far(turn: Turn) -> SoFar:
    """What a turn that was begun before has; nothing for a new one, unread."""
    if turn.started is None:
        return NOTHING
    gained = partial_text(turn)
    used = Usage(tokens_planned(turn), count(gained)) if gained else Usage()
    return SoFar(
        text=turn.message.body + gained,
        counted=turn.message.tokens,
        usage=Usage(turn.input_tokens, turn.output_tokens, turn.cached_tokens),
        cost_usd=turn.cost_usd,
        first_token=turn.first_token,
        unsettled=used,
    )


def partial_text(turn: Turn) -> str:
    """What the checkpoints of a turn hold, beyond what its message has."""
    return "".join(chunk.text for chunk in turn.chunks.all())


def next_queued(conversation_id: UUID) -> UUID | None:
    queued = Turn.objects.filter(
        conversation_id=conversation_id, status=Turn.Status.QUEUED
    )
    return queued.order_by("id").values_list("id", flat=True).first()


def _store_reply(
    turn: Turn, outcome: Outcome, had: SoFar, redacted: dict[str, int] | None
) -> None:
    row = Message(id=turn.message_id, owner_id=turn.owner_id)
    html = outcome.html
    if outcome.status != Turn.Status.COMPLETE:
        html = render_unfinished(outcome.text)
    elif html is None:
        html = render(outcome.text)
    said = redacting.Shown(outcome.text)
    keeps = redacting.keeps_rendering(turn.owner_id, said)
    html = html if keeps else ""
    tokens = count(outcome.text)
    Message.objects.filter(id=turn.message_id).update(
        html_version=RENDERER_VERSION if keeps else 0,
        tokens=tokens,
        redacted=redacted,
        **SealedTextField.sealed(row, body=said, html=html),
    )
    indexing.put_reply(turn.message_id, outcome.text)
    now = timezone.now()
    Conversation.objects.filter(id=turn.conversation_id).update(
        token_count=F("token_count") + tokens - had.counted,
        updated=now,
        replied_at=now,
        **({"read_at": now} if outcome.seen else {}),
    )
