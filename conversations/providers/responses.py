"""OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conversations.core.model_api import (
    Completion,
    FinishReason,
    Item,
    ModelRequest,
    Thought,
    ToolSpec,
    Usage,
)
from conversations.providers import failures
from conversations.providers.base import OpenAIModel, ReplyReader, count_of
from conversations.providers.calls import GrowingCall, text_of
from conversations.providers.items import sendable, sendable_arguments

_TEXT = ("response.output_text.delta", "response.refusal.delta")
_ARGUMENTS = "response.function_call_arguments.delta"
_ALL_ARGUMENTS = "response.function_call_arguments.done"


class ResponsesReader(ReplyReader):
    """Reads ``response.*`` events. Reasoning is not text; sealed, it goes back."""

    def read(self, event: dict[str, Any]) -> None:
        """Take one event."""
        kind = event.get("type")
        if kind in _TEXT:
            delta = event.get("delta")
            if isinstance(delta, str):
                self.pieces.append(delta)
        elif kind == "response.output_item.added":
            self._begin_call(event)
        elif kind == _ARGUMENTS:
            if call := self._call_of(event):
                call.add(event.get("delta"))
        elif kind == _ALL_ARGUMENTS:
            if call := self._call_of(event):
                call.settle(event.get("arguments"))
        elif kind == "response.output_item.done":
            self._keep_thought(event.get("item"))
            self._end_call(event)
        elif kind in ("response.completed", "response.incomplete"):
            self._end(event.get("response"))
        elif kind == "response.failed":
            raise failures.from_body(event.get("response"))
        elif kind == "error" or (kind is None and event.get("error")):
            raise failures.from_body(event)

    def _end(self, response: object) -> None:
        answer = response if isinstance(response, dict) else {}
        if not (self.any_text or self.pieces):
            # Some servers send a short reply only here, in one piece.
            self.pieces.extend(_texts(answer))
        if not self.calls:
            self.thoughts.clear()
            for place, item in enumerate(_output(answer)):
                self._keep_thought(item)
                self._end_call({"output_index": place, "item": item})
        self.usage = _usage(answer.get("usage"))
        self.reason = _reason(answer)
        self.closed = True

    def _keep_thought(self, item: object) -> None:
        """Take a sealed one: nothing is stored there, so its id alone says nothing."""
        if not isinstance(item, dict) or item.get("type") != "reasoning":
            return
        if sealed := text_of(item.get("encrypted_content")):
            said = bool(self.calls or self.any_text or self.pieces)
            before = len(self.calls) if said else -1
            self.thoughts.append(Thought(text_of(item.get("id")), sealed, before))

    def _call_of(self, event: dict[str, Any]) -> GrowingCall | None:
        return self.calls.at(_place(event)) or self.calls.last

    def _begin_call(self, event: dict[str, Any]) -> None:
        if item := _function_call(event):
            self._begin(_place(event), item)

    def _end_call(self, event: dict[str, Any]) -> None:
        """Take the whole call for its pieces; not its id, which some make up anew."""
        item = _function_call(event)
        if item is None:
            return
        call = self.calls.at(_place(event))
        if call is None:
            self._begin(_place(event), item)
            return
        call.call_id = call.call_id or text_of(item.get("call_id"))
        call.name = call.name or text_of(item.get("name"))
        call.settle(item.get("arguments"))

    def _begin(self, place: object, item: dict[str, Any]) -> None:
        call = self.calls.begin(place, item.get("call_id"), item.get("name"))
        call.add(item.get("arguments"))


class ResponsesModel(OpenAIModel):
    """A model behind ``POST /responses``."""

    path = "/responses"
    reader = ResponsesReader

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """Return the request; the product keeps the state, so nothing is stored."""
        body: dict[str, Any] = {
            "model": request.model,
            # The system prompt goes in here and not into ``instructions``, which
            # servers repeat in three events of every reply.
            "input": self.wire_items(request.items),
            "store": False,
        }
        if request.tools:
            body["tools"] = self.wire_tools(request.tools)
        if request.max_output_tokens is not None:
            body["max_output_tokens"] = request.max_output_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return body

    @staticmethod
    def wire_items(items: tuple[Item, ...]) -> list[dict[str, Any]]:
        """Return the prompt as input items, in which every call is one of its own."""
        return [wired for item in sendable(items) for wired in _input_items(item)]

    @staticmethod
    def wire_tools(tools: tuple[ToolSpec, ...]) -> list[dict[str, Any]]:
        """Return the tools as functions."""
        return [_function(tool) for tool in tools]

    def completion(self, answer: dict[str, Any]) -> Completion:
        """Read a whole answer."""
        if answer.get("status") == "failed" or answer.get("error"):
            raise failures.from_body(answer)
        if not isinstance(answer.get("output"), list):
            raise ValueError("no output")
        return Completion("".join(_texts(answer)), _usage(answer.get("usage")))


def _input_items(item: Item) -> Iterator[dict[str, Any]]:
    if item.call_id:
        yield {
            "type": "function_call_output",
            "call_id": item.call_id,
            "output": item.text,
        }
        return
    yield from _thoughts(item, -1)
    if item.text or not item.calls:
        yield {"role": item.role, "content": _content(item)}
    for place, call in enumerate(item.calls):
        yield from _thoughts(item, place)
        yield {
            "type": "function_call",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": sendable_arguments(call),
        }


def _thoughts(item: Item, place: int) -> Iterator[dict[str, Any]]:
    for thought in item.thoughts:
        if thought.before == place:
            yield {
                "type": "reasoning",
                "id": thought.id,
                "summary": [],  # none is asked for
                "encrypted_content": thought.sealed,
            }


def _content(item: Item) -> str | list[dict[str, Any]]:
    """A text alone as such, which every imitator takes."""
    if not item.images:
        return item.text
    shown = [{"type": "input_image", "image_url": one.url} for one in item.images]
    return [{"type": "input_text", "text": item.text}, *shown]


def _function(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        # The default of this API, which refuses schemas with optional arguments.
        "strict": False,
    }


def _place(event: dict[str, Any]) -> object:
    """Return which item of the reply an event is about: its index, or else its id."""
    index = event.get("output_index")
    if isinstance(index, int):
        return index
    item = event.get("item")
    return item.get("id") if isinstance(item, dict) else event.get("item_id")


def _function_call(event: dict[str, Any]) -> dict[str, Any] | None:
    item = event.get("item")
    if isinstance(item, dict) and item.get("type") == "function_call":
        return item
    return None


def _output(answer: dict[str, Any]) -> list[Any]:
    output = answer.get("output")
    return output if isinstance(output, list) else []


def _texts(answer: dict[str, Any]) -> Iterator[str]:
    """Yield what the model said, refusals included, and nothing it only thought."""
    for item in _output(answer):
        if not isinstance(item, dict) or item.get("type") != "message":
            continue
        content = item.get("content")
        for part in content if isinstance(content, list) else ():
            if isinstance(part, dict):
                text = part.get("text", part.get("refusal"))
                if isinstance(text, str):
                    yield text


def _reason(answer: dict[str, Any]) -> FinishReason:
    if answer.get("status") != "incomplete":
        return "complete"
    details = answer.get("incomplete_details")
    why = details.get("reason") if isinstance(details, dict) else None
    return "filtered" if why == "content_filter" else "length"


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    details = value.get("input_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        input=count_of(value.get("input_tokens")),
        output=count_of(value.get("output_tokens")),
        cached=count_of(cached),
    )
