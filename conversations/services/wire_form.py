"""A prompt as it goes over the wire, and the mark by which a rebuilt one is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b

import orjson

from conversations.core.model_api import Item, ToolSpec
from conversations.providers import PROVIDERS

_FIELD = {"responses": "input", "chat": "messages"}  # where each API wants the items


def wire_form(api: str, items: Sequence[Item], tools: Sequence[ToolSpec]) -> bytes:
    """The JSON of what ``api`` is sent: its items and, if there are any, its tools."""
    provider = PROVIDERS[api]
    body = {_FIELD[api]: provider.wire_items(tuple(items))}
    if tools:
        body["tools"] = provider.wire_tools(tuple(tools))
    try:
        return orjson.dumps(body)
    except TypeError:  # half a character, which only an escape can hold
        return json.dumps(body, separators=(",", ":")).encode()


def mark_of(prompt: bytes) -> str:
    """Another prompt has another mark."""
    return blake2b(prompt, digest_size=16).hexdigest()
