"""OpenAI's Chat Completions API, which most other servers imitate."""

from __future__ import annotations

from typing import Any

from conversations.core.model_api import (
    Completion,
    FinishReason,
    Item,
    ModelRequest,
    ToolSpec,
    ToolUse,
    Usage,
)
from conversations.providers import failures
from conversations.providers.base import OpenAIModel, ReplyReader, count_of
from conversations.providers.calls import GrowingCall, text_of
from conversations.providers.items import sendable, sendable_arguments

_SAID = ("content", "refusal")
_REASONS: dict[str, FinishReason] = {"length": "length", "content_filter": "filtered"}


class ChatCompletionsReader(ReplyReader):
    """Reads ``chat.completion.chunk`` events. ``reasoning_content`` is not text."""

    def read(self, event: dict[str, Any]) -> None:
        """Take one event."""
        if event.get("error"):
            raise failures.from_body(event)
        choice = _first_choice(event)
        delta = choice.get("delta")
        if isinstance(delta, dict):
            for name in _SAID:
                text = delta.get(name)
                if text and isinstance(text, str):
                    self.pieces.append(text)
            if "tool_calls" in delta:
                self._read_calls(delta["tool_calls"])
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self.reason = _REASONS.get(reason, "complete")
        # Usage comes with the last choice or, at OpenAI, in an event of its own.
        self.usage = _usage(event.get("usage")) or self.usage

    def done(self) -> None:
        """Take note of ``[DONE]``, which ends the reply whatever came before."""
        self.reason = self.reason or "complete"
        self.closed = True

    def _read_calls(self, pieces: object) -> None:
        for piece in pieces if isinstance(pieces, list) else ():
            if not isinstance(piece, dict):
                continue
            named = piece.get("function")
            named = named if isinstance(named, dict) else {}
            call = self._call_of(piece, text_of(named.get("name")))
            if call is not None:
                call.add(named.get("arguments"))

    def _call_of(self, piece: dict[str, Any], name: str) -> GrowingCall | None:
        """Return the call a piece belongs to: one that began, or a new one."""
        call_id = text_of(piece.get("id"))
        index = piece.get("index")
        # Without an index the id tells, and without an id it is the latest.
        place = index if isinstance(index, int) else call_id
        known = self.calls.last if place == "" else self.calls.at(place)
        if known is not None and not _begins_another(known, call_id, name):
            known.call_id = known.call_id or call_id
            known.name = known.name or name
            return known
        if not (call_id or name):
            return None
        return self.calls.begin(place, call_id, name)


class ChatCompletionsModel(OpenAIModel):
    """A model behind ``POST /chat/completions``."""

    path = "/chat/completions"
    reader = ChatCompletionsReader

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """Return the request."""
        body: dict[str, Any] = {
            "model": request.model,
            "messages": self.wire_items(request.items),
        }
        if request.tools:
            body["tools"] = self.wire_tools(request.tools)
        if request.max_output_tokens is not None:
            # OpenAI's newer models refuse the old name; Ollama ignores the new one.
            new = self._server.is_openai
            name = "max_completion_tokens" if new else "max_tokens"
            body[name] = request.max_output_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return body

    @staticmethod
    def wire_items(items: tuple[Item, ...]) -> list[dict[str, Any]]:
        """Return the prompt as messages."""
        return [_message(item) for item in sendable(items)]

    @staticmethod
    def wire_tools(tools: tuple[ToolSpec, ...]) -> list[dict[str, Any]]:
        """Return the tools as functions."""
        return [{"type": "function", "function": _function(tool)} for tool in tools]

    def streaming(self) -> dict[str, Any]:
        """Ask for the usage as well, which this API leaves out of streams."""
        return {"stream": True, "stream_options": {"include_usage": True}}

    def completion(self, answer: dict[str, Any]) -> Completion:
        """Read a whole answer."""
        if answer.get("error"):
            raise failures.from_body(answer)
        message = _first_choice(answer).get("message")
        if not isinstance(message, dict):
            raise ValueError("no message")
        return Completion("".join(_texts(message)), _usage(answer.get("usage")))


def _message(item: Item) -> dict[str, Any]:
    message: dict[str, Any] = {"role": item.role, "content": _content(item)}
    if item.calls:
        # Null and not "": some servers take a text for the end of the matter.
        message["content"] = item.text or None
        message["tool_calls"] = [_asked(call) for call in item.calls]
    if item.call_id:
        message["tool_call_id"] = item.call_id
    return message


def _content(item: Item) -> str | list[dict[str, Any]]:
    """A text alone as such, which every imitator takes."""
    if not item.images:
        return item.text
    shown = [{"type": "image_url", "image_url": {"url": i.url}} for i in item.images]
    return [{"type": "text", "text": item.text}, *shown]


def _asked(call: ToolUse) -> dict[str, Any]:
    function = {"name": call.name, "arguments": sendable_arguments(call)}
    return {"id": call.call_id, "type": "function", "function": function}


def _function(tool: ToolSpec) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }


def _begins_another(known: GrowingCall, call_id: str, name: str) -> bool:
    """Whether a piece is of a new call, though its server put it in the same place."""
    if call_id and known.call_id:
        return call_id != known.call_id
    # Without ids: a name again, and the arguments before it are complete.
    return bool(name and known.name) and (name != known.name or known.is_whole)


def _first_choice(event: dict[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return {}


def _texts(message: dict[str, Any]) -> list[str]:
    values = (message.get(name) for name in _SAID)
    return [v for v in values if isinstance(v, str) and v]


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    details = value.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        input=count_of(value.get("prompt_tokens")),
        output=count_of(value.get("completion_tokens")),
        cached=count_of(cached),
    )
