"""OpenAI's Chat Completions API, which most other servers imitate."""

from __future__ import annotations

from typing import Any

from conversations.core.model_api import Completion, FinishReason, ModelRequest, Usage
from conversations.providers import failures
from conversations.providers.base import (
    OpenAIModel,
    ReplyReader,
    count_of,
    wire_items,
)

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
            self.pieces.extend(_texts(delta))
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self.reason = _REASONS.get(reason, "complete")
        # Usage comes with the last choice or, at OpenAI, in an event of its own.
        self.usage = _usage(event.get("usage")) or self.usage

    def done(self) -> None:
        """Take note of ``[DONE]``, which ends the reply whatever came before."""
        self.reason = self.reason or "complete"
        self.closed = True


class ChatCompletionsModel(OpenAIModel):
    """A model behind ``POST /chat/completions``."""

    path = "/chat/completions"
    reader = ChatCompletionsReader

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """Return the request."""
        body: dict[str, Any] = {
            "model": request.model,
            "messages": wire_items(request.items),
        }
        if request.max_output_tokens is not None:
            # OpenAI's newer models refuse the old name; Ollama ignores the new one.
            new = self._server.is_openai
            name = "max_completion_tokens" if new else "max_tokens"
            body[name] = request.max_output_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return body

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


def _first_choice(event: dict[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return {}


def _texts(message: dict[str, Any]) -> list[str]:
    values = (message.get("content"), message.get("refusal"))
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
