"""How an answer is written down for a client; each API has a file of its own."""

from __future__ import annotations

import time
import uuid
from typing import Any

import orjson

from conversations.providers.demo.answers import Said, ToolCall
from conversations.providers.demo.request import DemoRequest

_PIECE = 12  # characters


class Wire:
    """Writes one answer. Streams: ``opening``, then pieces or calls, ``closing``."""

    def __init__(self, request: DemoRequest, input_tokens: int) -> None:
        self.request = request
        self.input_tokens = input_tokens
        self.id = uuid.uuid4().hex
        self.created = int(time.time())

    def opening(self) -> bytes:
        """Return the events before the first word."""
        raise NotImplementedError

    def pieces(self, pieces: list[str]) -> bytes:
        """Return one event for each piece of text."""
        raise NotImplementedError

    def tool_calls(self, calls: tuple[ToolCall, ...]) -> bytes:
        """Return the events of function calls, with the arguments in pieces."""
        raise NotImplementedError

    def closing(self, said: Said, tokens: int, full: bool) -> bytes:
        """Return the last events; ``full`` is false when a limit cut the reply."""
        raise NotImplementedError

    def whole(self, said: Said, tokens: int, full: bool) -> dict[str, Any]:
        """Return the answer of a request that does not stream."""
        raise NotImplementedError

    def call_id(self, number: int) -> str:
        """Return the id of a call of this answer; the first one is 0."""
        return f"call_{self.id[:20]}{number:04}"


def pieces_of_arguments(call: ToolCall) -> list[str]:
    """Cut a call's arguments as a server sends them."""
    size = _PIECE
    return [call.arguments[i : i + size] for i in range(0, len(call.arguments), size)]


def event(data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: %b\n\n" % orjson.dumps(data)
