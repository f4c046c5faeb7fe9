"""What a browser can receive, as it goes over the wire (docs: the socket's contract).

A frame is encoded once, however many sockets it is sent to.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import orjson

from conversations.core.errors import TurnError
from conversations.core.model_api import Usage
from conversations.core.tools import ToldCall

PROTOCOL = 1


def encode(type_: str, **fields: Any) -> str:
    """One frame. UUIDs become strings, ``Decimal`` money a number."""
    return orjson.dumps({"type": type_, **fields}, default=_plain).decode()


def delta(turn: UUID, offset: int, text: str) -> str:
    return encode("delta", turn=turn, offset=offset, text=text)


class Told(Protocol):
    """A turn as the frames tell it: a briefing, a stored turn."""

    @property
    def turn(self) -> UUID: ...
    @property
    def conversation(self) -> UUID: ...
    @property
    def message(self) -> UUID: ...


class Begun(Told, Protocol):
    @property
    def parent(self) -> UUID | None: ...


class Ended(Told, Protocol):
    @property
    def status(self) -> str: ...
    @property
    def offset(self) -> int: ...
    @property
    def usage(self) -> Usage: ...
    @property
    def cost_usd(self) -> Decimal: ...
    @property
    def error(self) -> dict[str, Any] | None: ...


def turn(begun: Begun, status: str) -> str:
    return encode(
        "turn",
        turn=begun.turn,
        conversation=begun.conversation,
        message=begun.message,
        status=status,
        parent=begun.parent,
    )


def tool(about: Told, call: ToldCall) -> str:
    return encode(
        "tool",
        turn=about.turn,
        conversation=about.conversation,
        call=call.call_id,
        name=call.name,
        status=call.status,
        summary=call.summary,
    )


def tools(about: Told, calls: Iterable[ToldCall]) -> dict[str, str]:
    """How each call stands, by its id."""
    return {call.call_id: tool(about, call) for call in calls}


def branch(conversation: UUID, head: UUID | None) -> str:
    """Another branch is shown, or another process made it grow: fetch what differs."""
    return encode("branch", conversation=conversation, head=head)


def end(ended: Ended) -> str:
    usage = ended.usage
    return encode(
        "end",
        turn=ended.turn,
        conversation=ended.conversation,
        message=ended.message,
        status=ended.status,
        offset=ended.offset,
        usage={"input": usage.input, "output": usage.output, "cached": usage.cached},
        cost_usd=ended.cost_usd,
        error=ended.error,
    )


def error_fields(error: TurnError | None) -> dict[str, Any] | None:
    """The ``error`` of an ``end`` frame."""
    if error is None:
        return None
    return {"code": error.code, "message": str(error), "retryable": error.retryable}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no wire form")
