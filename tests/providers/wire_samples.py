"""What servers of both APIs send, in the fewest words that are still real."""

from __future__ import annotations

import json
from typing import Any


def sse(*events: Any) -> bytes:
    """Write events down; a string is a raw data line."""
    lines = [e if isinstance(e, str) else json.dumps(e) for e in events]
    return b"".join(f"data: {line}\n\n".encode() for line in lines)


def text(api: str, piece: str) -> dict[str, Any]:
    if api == "responses":
        return {"type": "response.output_text.delta", "delta": piece}
    return {"choices": [{"index": 0, "delta": {"content": piece}}]}


def refusal(api: str, piece: str) -> dict[str, Any]:
    if api == "responses":
        return {"type": "response.refusal.delta", "delta": piece}
    return {"choices": [{"index": 0, "delta": {"refusal": piece}}]}


def reasoning(api: str, piece: str) -> dict[str, Any]:
    if api == "responses":
        return {"type": "response.reasoning_text.delta", "delta": piece}
    return {"choices": [{"index": 0, "delta": {"reasoning_content": piece}}]}


def end(api: str, reason: str = "complete", usage: Any = None) -> list[Any]:
    """The last events of a reply that ended for a reason."""
    if api == "responses":
        return [_responses_end(reason, usage)]
    said = {"complete": "stop", "length": "length", "filtered": "content_filter"}
    choice = {"index": 0, "delta": {}, "finish_reason": said[reason]}
    return [{"choices": [choice]}, {"choices": [], "usage": usage}, "[DONE]"]


def error(api: str, **fields: Any) -> dict[str, Any]:
    """An error inside a stream."""
    if api == "responses":
        return {"type": "error", **fields}
    return {"error": fields}


def usage(api: str, given: int, made: int, cached: int) -> dict[str, Any]:
    if api == "responses":
        return {
            "input_tokens": given,
            "output_tokens": made,
            "input_tokens_details": {"cached_tokens": cached},
        }
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def whole(api: str, reply: str, usage: Any = None) -> dict[str, Any]:
    """An answer that does not stream."""
    if api == "responses":
        thought = {"type": "reasoning", "content": [{"text": "Hm."}]}
        part = {"type": "output_text", "text": reply}
        said = {"type": "message", "role": "assistant", "content": [part]}
        return {"status": "completed", "output": [thought, said], "usage": usage}
    message = {"role": "assistant", "content": reply, "reasoning_content": "Hm."}
    return {"choices": [{"index": 0, "message": message}], "usage": usage}


def _responses_end(reason: str, usage: Any) -> dict[str, Any]:
    if reason == "complete":
        response = {"status": "completed", "usage": usage}
        return {"type": "response.completed", "response": response}
    why = {"length": "max_output_tokens", "filtered": "content_filter"}[reason]
    details = {"reason": why}
    response = {"status": "incomplete", "incomplete_details": details, "usage": usage}
    return {"type": "response.incomplete", "response": response}


def call(
    api: str, place: int, name: str, arguments: str, call_id: str
) -> list[dict[str, Any]]:
    """A tool call as OpenAI sends it: announced, then its arguments in pieces."""
    middle = len(arguments) // 2
    pieces = [arguments[:middle], arguments[middle:]]
    if api == "responses":
        item = {"id": f"fc_{place}", "type": "function_call", "name": name}
        item |= {"call_id": call_id, "arguments": ""}
        where = {"output_index": place, "item_id": f"fc_{place}"}
        kind = "response.function_call_arguments"
        deltas = [{"type": f"{kind}.delta", **where, "delta": p} for p in pieces]
        return [
            {"type": "response.output_item.added", "output_index": place, "item": item},
            *deltas,
            {"type": f"{kind}.done", **where, "arguments": arguments},
            {
                "type": "response.output_item.done",
                "output_index": place,
                "item": item | {"arguments": arguments},
            },
        ]
    head = {"id": call_id, "type": "function"}
    head["function"] = {"name": name, "arguments": ""}
    return [
        tool_delta(head, place),
        *(tool_delta({"function": {"arguments": p}}, place) for p in pieces),
    ]


def tool_delta(piece: dict[str, Any], index: int | None = None) -> dict[str, Any]:
    """A piece of a call in a Chat Completions stream."""
    piece = piece if index is None else {"index": index, **piece}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]}


def end_with_calls(api: str, usage: Any = None) -> list[Any]:
    """The last events of a reply that asks for tools."""
    if api == "responses":
        return end(api, usage=usage)
    _, *rest = end(api, usage=usage)
    return [{"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}, *rest]
