"""What a Chat Completions server sends, as OpenAI sends it."""

from __future__ import annotations

from typing import Any

from conversations.providers.demo.answers import Said, ToolCall
from conversations.providers.demo.wire import Wire, event, pieces_of_arguments


class ChatWire(Wire):
    """One answer in the form of the Chat Completions API."""

    def opening(self) -> bytes:
        """Return the event that names the role."""
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def pieces(self, pieces: list[str]) -> bytes:
        """Return one event for each piece of text."""
        return b"".join(self._chunk({"content": piece}) for piece in pieces)

    def tool_calls(self, calls: tuple[ToolCall, ...]) -> bytes:
        """Return each call's name, then its arguments."""
        events = b""
        for index, call in enumerate(calls):
            head = {"index": index, **self._call(index, ToolCall(call.name, ""))}
            events += self._chunk({"tool_calls": [head]})
            for piece in pieces_of_arguments(call):
                more = {"index": index, "function": {"arguments": piece}}
                events += self._chunk({"tool_calls": [more]})
        return events

    def closing(self, said: Said, tokens: int, full: bool) -> bytes:
        """Return the finish reason, the usage if it was asked for, and the end."""
        events = self._chunk({}, self._reason(said, full))
        if self.request.with_usage:
            # An event of its own with no choice in it: many clients trip over that.
            usage = {**self._base("chat.completion.chunk"), "choices": []}
            events += event({**usage, "usage": self._usage(tokens)})
        return events + b"data: [DONE]\n\n"

    def whole(self, said: Said, tokens: int, full: bool) -> dict[str, Any]:
        """Return a ``chat.completion``."""
        message: dict[str, Any] = {"role": "assistant", "refusal": None}
        if isinstance(said, str):
            message |= {"content": said}
        else:
            calls = [self._call(index, call) for index, call in enumerate(said)]
            message |= {"content": None, "tool_calls": calls}
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

    def _call(self, index: int, call: ToolCall) -> dict[str, Any]:
        function = {"name": call.name, "arguments": call.arguments}
        return {"id": self.call_id(index), "type": "function", "function": function}

    def _reason(self, said: Said, full: bool) -> str:
        if not isinstance(said, str):
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
