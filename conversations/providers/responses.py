"""OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conversations.core.model_api import Completion, FinishReason, ModelRequest, Usage
from conversations.providers import failures
from conversations.providers.base import (
    OpenAIModel,
    ReplyReader,
    count_of,
    wire_items,
)

_TEXT = ("response.output_text.delta", "response.refusal.delta")


class ResponsesReader(ReplyReader):
    """Reads ``response.*`` events. Reasoning and tool calls are not text."""

    def read(self, event: dict[str, Any]) -> None:
        """Take one event."""
        kind = event.get("type")
        if kind in _TEXT:
            delta = event.get("delta")
            if isinstance(delta, str):
                self.pieces.append(delta)
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
        self.usage = _usage(answer.get("usage"))
        self.reason = _reason(answer)
        self.closed = True


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
            "input": wire_items(request.items),
            "store": False,
        }
        if request.max_output_tokens is not None:
            body["max_output_tokens"] = request.max_output_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return body

    def completion(self, answer: dict[str, Any]) -> Completion:
        """Read a whole answer."""
        if answer.get("status") == "failed" or answer.get("error"):
            raise failures.from_body(answer)
        if not isinstance(answer.get("output"), list):
            raise ValueError("no output")
        return Completion("".join(_texts(answer)), _usage(answer.get("usage")))


def _texts(answer: dict[str, Any]) -> Iterator[str]:
    """Yield what the model said, refusals included, and nothing it only thought."""
    output = answer.get("output")
    for item in output if isinstance(output, list) else ():
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
