"""What a Chat Completions server sends, as OpenAI sends it."""

from __future__ import annotations

from typing import Any

from conversations.providers.demo.answers import ToolCall
from conversations.providers.demo.wire import Wire, event


class ChatWire(Wire):
    """One answer in the form of the Chat Completions API."""

    def opening(self) -> bytes:
        """Return the event that names the role."""
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def pieces(self, pieces: list[str]) -> bytes:
        """Return one event for each piece of text."""
        return b"".join(self._chunk({"content": piece}) for piece in pieces)

    def tool_call(self, call: ToolCall) -> bytes:
        """Return the call's name, then its arguments."""
        head = {"index": 0, **self._call(ToolCall(call.name, ""))}
        tail = {"index": 0, "function": {"arguments": call.arguments}}
        return self._chunk({"tool_calls": [head]}) + self._chunk({"tool_calls": [tail]})

    def closing(self, said: str | ToolCall, tokens: int, full: bool) -> bytes:
        """Return the finish reason, the usage if it was asked for, and the end."""
        events = self._chunk({}, self._reason(said, full))
        if self.request.with_usage:
            # An event of its own with no choice in it: many clients trip over that.
            usage = {**self._base("chat.completion.chunk"), "choices": []}
            events += event({**usage, "usage": self._usage(tokens)})
        return events + b"data: [DONE]\n\n"

    def whole(self, said: str | ToolCall, tokens: int, full: bool) -> dict[str, Any]:
        """Return a ``chat.completion``."""
        message: dict[str, Any] = {"role": "assistant", "refusal": None}
        if isinstance(said, ToolCall):
            message |= {"content": None, "tool_calls": [self._call(said)]}
        else:
            message |= {"content": said}
        choice = {"index": 0, "message": message, "logprobs": None}
        choice["finish_reason"] = self._reason(said, full)
        base = self._base("chat.completion")
        return {**base, "choices": [choice], "usage": self._usage(tokens)}

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        chunk = {**self._base("chat.completion.chunk"), "choices": [choice]}
        # With usage asked for, every event has the field, and only the last a value.
        return event({**chunk, "usage": None} if self.request.with_usage else chunk)

    def _base(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.id}",
            "object": kind,
            "created": self.created,
            "model": self.request.model,
            "system_fingerprint": "fp_demo",
        }

    def _call(self, call: ToolCall) -> dict[str, Any]:
        function = {"name": call.name, "arguments": call.arguments}
        return {"id": f"call_{self.id[:24]}", "type": "function", "function": function}

    def _reason(self, said: str | ToolCall, full: bool) -> str:
        if isinstance(said, ToolCall):
            return "tool_calls"
        return "stop" if full else "length"

    def _usage(self, tokens: int) -> dict[str, Any]:
        return {
            "prompt_tokens": self.input_tokens,
            "completion_tokens": tokens,
            "total_tokens": self.input_tokens + tokens,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }
