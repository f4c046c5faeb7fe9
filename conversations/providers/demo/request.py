"""A request to the demo model, whichever API it came through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from conversations.providers.demo.attached import line_of_image
from conversations.providers.demo.embeddings import DIMENSIONS

MAX_DIMENSIONS = 4096
MAX_TEXTS = 2048  # of one request for embeddings, as at OpenAI


class BadRequest(ValueError):
    """The body is not what the API wants; the text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One item of the context. Roles: system, user, assistant, tool."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """What both APIs ask for, in one form.

    ``raw`` is the context as received; ``unsaid`` is text that is in no message: what
    describes the tools, and earlier calls.
    """

    model: str
    messages: tuple[Message, ...]
    raw: Any
    stream: bool = False
    with_usage: bool = True
    max_tokens: int | None = None
    tools: tuple[str, ...] = field(default=())
    unsaid: tuple[str, ...] = field(default=())

    @property
    def question(self) -> str:
        """The user's last message."""
        said = [m.text for m in self.messages if m.role == "user"]
        return said[-1] if said else ""


def read_responses(body: Any) -> DemoRequest:
    """Read a body of ``POST /responses``."""
    body = _object(body)
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if not isinstance(items, list):
        raise BadRequest("'input' must be a string or a list.")
    # Instructions are the first thing a model reads, so they go first here too.
    if isinstance(body.get("instructions"), str):
        items = [{"role": "system", "content": body["instructions"]}, *items]
    tools = _objects(body.get("tools"))
    return DemoRequest(
        model=body["model"],
        messages=_messages(items),
        raw=items,
        stream=body.get("stream") is True,
        max_tokens=_limit(body.get("max_output_tokens")),
        tools=_names(tools),
        unsaid=_unsaid(items, tools),
    )


def read_chat(body: Any) -> DemoRequest:
    """Read a body of ``POST /chat/completions``."""
    body = _object(body)
    items = body.get("messages")
    if not isinstance(items, list) or not items:
        raise BadRequest("'messages' must be a list with at least one message.")
    options = body.get("stream_options")
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    tools = _objects(body.get("tools"))
    return DemoRequest(
        model=body["model"],
        messages=_messages(items),
        raw=items,
        stream=body.get("stream") is True,
        with_usage=isinstance(options, dict) and options.get("include_usage") is True,
        max_tokens=_limit(limit),
        tools=_names(tools),
        unsaid=_unsaid(items, tools),
    )


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Texts to embed; ``packed`` asks for base64 instead of numbers."""

    model: str
    texts: tuple[str, ...]
    dimensions: int
    packed: bool


def read_embeddings(body: Any) -> EmbeddingRequest:
    """Read a body of ``POST /embeddings``."""
    body = _object(body)
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise BadRequest("'input' must be a string or a list of strings.")
    if not 0 < len(texts) <= MAX_TEXTS:
        raise BadRequest(f"'input' must have between 1 and {MAX_TEXTS} texts.")
    dimensions = body.get("dimensions") or DIMENSIONS
    if type(dimensions) is not int or not 0 < dimensions <= MAX_DIMENSIONS:
        raise BadRequest(f"'dimensions' must be between 1 and {MAX_DIMENSIONS}.")
    packed = body.get("encoding_format") == "base64"
    return EmbeddingRequest(body["model"], tuple(texts), dimensions, packed)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise BadRequest("'model' must be a string.")
    return body


def _messages(items: list[Any]) -> tuple[Message, ...]:
    found = []
    for item in items:
        if not isinstance(item, dict):
            raise BadRequest("Every item of the context must be an object.")
        if item.get("type") == "function_call_output":
            found.append(Message("tool", _text(item.get("output"))))
        # Calls the model made earlier have no role; their results tell enough.
        elif isinstance(item.get("role"), str):
            role = "system" if item["role"] == "developer" else item["role"]
            found.append(Message(role, _text(item.get("content"))))
    return tuple(found)


def _text(content: Any) -> str:
    """Return the text of a content, which may be a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [
        part.get("text") or line_of_image(part)
        for part in parts
        if isinstance(part, dict)
    ]
    return "\n".join(text for text in texts if text and isinstance(text, str))


def _limit(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _objects(values: Any) -> list[dict[str, Any]]:
    values = values if isinstance(values, list) else []
    return [value for value in values if isinstance(value, dict)]


def _names(tools: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the tools' names; the two APIs nest them differently."""
    inner = [tool.get("function") for tool in tools]
    named = [i if isinstance(i, dict) else t for i, t in zip(inner, tools, strict=True)]
    names = [function.get("name") for function in named]
    return tuple(name for name in names if isinstance(name, str))


def _unsaid(items: list[Any], tools: list[dict[str, Any]]) -> tuple[str, ...]:
    calls = [i for i in items if i.get("type") == "function_call"]
    calls += [call for i in items for call in _objects(i.get("tool_calls"))]
    return tuple(orjson.dumps(thing).decode() for thing in (*tools, *calls))
