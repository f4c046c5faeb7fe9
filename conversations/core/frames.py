"""What a browser can receive, as it goes over the wire (docs: the socket's contract).

A frame is encoded once, however many sockets it is sent to.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from conversations.core.errors import TurnError
from conversations.core.model_api import Usage

PROTOCOL = 1


def encode(type_: str, **fields: Any) -> str:
    """One frame. UUIDs become strings, ``Decimal`` money a number."""
    return orjson.dumps({"type": type_, **fields}, default=_plain).decode()


def delta(turn: UUID, offset: int, text: str) -> str:
    return encode("delta", turn=turn, offset=offset, text=text)


def end(
    turn: UUID,
    conversation: UUID,
    message: UUID,
    status: str,
    offset: int,
    usage: Usage,
    cost_usd: Decimal,
    error: dict[str, Any] | None,
) -> str:
    return encode(
        "end",
        turn=turn,
        conversation=conversation,
        message=message,
        status=status,
        offset=offset,
        usage={"input": usage.input, "output": usage.output, "cached": usage.cached},
        cost_usd=cost_usd,
        error=error,
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
