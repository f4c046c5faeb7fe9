"""The record of tool calls: written before a tool runs, and when it has an answer."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.utils import timezone

from chatsite.lib.fields import SealedTextField
from conversations.core.context import PastCall
from conversations.core.context.short_form import short_output
from conversations.core.model_api import ToolUse
from conversations.core.tokens import count
from conversations.core.tool_loop import CANCELLED
from conversations.core.tools import ToolResult, call_tokens
from conversations.models import ToolCall
from conversations.services import redacting
from conversations.services.redacting import Form, told

Status = ToolCall.Status


def open_call(turn: UUID, owner: UUID, call: ToolUse, offset: int) -> UUID:
    """A tool is about to run, asked for after ``offset`` code points of the reply."""
    row = ToolCall.objects.create(
        turn_id=turn,
        owner_id=owner,
        call_id=call.call_id,
        name=call.name,
        offset=offset,
        input=call.arguments,
        output="",
        short="",
        tokens=call_tokens(call, CANCELLED.text, count),
    )
    return row.id


def close_call(row_id: UUID, owner: UUID, call: ToolUse, result: ToolResult) -> None:
    """It answered. What stays in later prompts is kept beside the whole answer."""
    redacted = redacting.noted(owner, result.text)
    output = redacting.masked_now(result.text)
    short = partial(short_output, call_id=call.call_id)
    stays = result.short or redacting.cut(owner, output, short)
    sealed = SealedTextField.sealed(
        ToolCall(id=row_id, owner_id=owner),
        output=output,
        short="" if stays == output else stays,
    )
    ToolCall.objects.filter(id=row_id, status=Status.RUNNING).update(
        status=Status.DONE if result.ok else Status.FAILED,
        finished=timezone.now(),
        tokens=call_tokens(call, stays, count),
        redacted=redacted,
        **sealed,
    )


def cancel_open_calls(turn: UUID) -> None:
    """The turn is over: what has not answered will not."""
    running = ToolCall.objects.filter(turn_id=turn, status=Status.RUNNING)
    running.update(status=Status.CANCELLED, finished=timezone.now())


def as_past(call: ToolCall, form: Form | None = None) -> PastCall:
    """The call as it goes into prompts; ``form`` as in ``redacting.told``. One without
    an answer says so: a call alone would make a prompt that servers refuse.
    """
    return PastCall(
        call.call_id,
        call.name,
        told(call, "input", form),
        told(call, "short", form) or told(call, "output", form) or CANCELLED.text,
        call.offset,
        call.tokens,
    )
