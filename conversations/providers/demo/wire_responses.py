"""What a Responses server sends, as OpenAI sends it."""

from __future__ import annotations

from typing import Any

from conversations.providers.demo.answers import Said, ToolCall
from conversations.providers.demo.request import DemoRequest
from conversations.providers.demo.wire import Wire, event, pieces_of_arguments


class ResponsesWire(Wire):
    """One answer in the form of the Responses API."""

    def __init__(self, request: DemoRequest, input_tokens: int) -> None:
        super().__init__(request, input_tokens)
        self._sequence = 0
        self._open = False

    def opening(self) -> bytes:
        """Return the events that announce a response."""
        response = self._response("in_progress", [], None)
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def pieces(self, pieces: list[str]) -> bytes:
        """Return one event for each piece; the first ones announce the message."""
        # Announced late: a reply that calls a tool has no message at all.
        events = b"" if self._open else self._message_opening()
        for piece in pieces:
            events += self._part_event("output_text.delta", delta=piece, logprobs=[])
        return events

    def tool_calls(self, calls: tuple[ToolCall, ...]) -> bytes:
        """Return each function call from its announcement to its end."""
        return b"".join(self._call_events(i, call) for i, call in enumerate(calls))

    def closing(self, said: Said, tokens: int, full: bool) -> bytes:
        """Return the end of the message, if there is one, and of the response."""
        events = b""
        if isinstance(said, str):
            events = b"" if self._open else self._message_opening()
            events += self._part_event("output_text.done", text=said, logprobs=[])
            events += self._part_event("content_part.done", part=_part(said))
        whole = self.whole(said, tokens, full)
        if isinstance(said, str):
            events += self._item_done(0, whole["output"][0])
        return events + self._event(f"response.{whole['status']}", response=whole)

    def whole(self, said: Said, tokens: int, full: bool) -> dict[str, Any]:
        """Return a ``response``."""
        status = "completed" if full else "incomplete"
        if isinstance(said, str):
            output = [self._message(status, [_part(said)])]
        else:
            output = [self._call(i, "completed", call) for i, call in enumerate(said)]
        response = self._response(status, output, self._usage(tokens))
        if not full:
            response["incomplete_details"] = {"reason": "max_output_tokens"}
        return response

    def _message_opening(self) -> bytes:
        self._open = True
        item = self._message("in_progress", [])
        added = self._event("response.output_item.added", output_index=0, item=item)
        return added + self._part_event("content_part.added", part=_part(""))

    def _call_events(self, index: int, call: ToolCall) -> bytes:
        started = self._call(index, "in_progress", ToolCall(call.name, ""))
        place = {"item_id": started["id"], "output_index": index}
        kind, args = "response.function_call_arguments", call.arguments
        events = self._event(
            "response.output_item.added", output_index=index, item=started
        )
        for piece in pieces_of_arguments(call):
            events += self._event(f"{kind}.delta", **place, delta=piece)
        events += self._event(f"{kind}.done", **place, arguments=args, name=call.name)
        return events + self._item_done(index, self._call(index, "completed", call))

    def _item_done(self, index: int, item: dict[str, Any]) -> bytes:
        return self._event("response.output_item.done", output_index=index, item=item)

    def _event(self, kind: str, **fields: Any) -> bytes:
        data = {"type": kind, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return b"event: %b\n%b" % (kind.encode(), event(data))

    def _part_event(self, kind: str, **fields: Any) -> bytes:
        place = {"item_id": self._item_id("msg"), "output_index": 0, "content_index": 0}
        return self._event(f"response.{kind}", **place, **fields)

    def _item_id(self, prefix: str) -> str:
        return f"{prefix}_{self.id}"

    def _message(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self._item_id("msg"),
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _call(self, index: int, status: str, call: ToolCall) -> dict[str, Any]:
        return {
            "id": f"{self._item_id('fc')}{index:04}",
            "type": "function_call",
            "status": status,
            "call_id": self.call_id(index),
            "name": call.name,
            "arguments": call.arguments,
        }

    def _response(
        self, status: str, output: list[dict[str, Any]], usage: dict[str, Any] | None
    ) -> dict[str, Any]:
        return {
            "id": f"resp_{self.id}",
            "object": "response",
            "created_at": self.created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "max_output_tokens": self.request.max_tokens,
            "model": self.request.model,
            "output": output,
            "parallel_tool_calls": True,
            "store": False,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "usage": usage,
            "metadata": {},
        }

    def _usage(self, tokens: int) -> dict[str, Any]:
        return {
            "input_tokens": self.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": self.input_tokens + tokens,
        }


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
