"""How an answer is written down for a client; each API has a file of its own."""

from __future__ import annotations

import time
import uuid
from typing import Any

import orjson

from conversations.providers.demo.answers import ToolCall
from conversations.providers.demo.request import DemoRequest


class Wire:
    """Writes one answer. Streams: ``opening``, then pieces or a call, ``closing``."""

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

    def tool_call(self, call: ToolCall) -> bytes:
        """Return the events of a function call."""
        raise NotImplementedError

    def closing(self, said: str | ToolCall, tokens: int, full: bool) -> bytes:
        """Return the last events; ``full`` is false when a limit cut the reply."""
        raise NotImplementedError

    def whole(self, said: str | ToolCall, tokens: int, full: bool) -> dict[str, Any]:
        """Return the answer of a request that does not stream."""
        raise NotImplementedError


def event(data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: %b\n\n" % orjson.dumps(data)
