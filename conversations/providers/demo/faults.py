"""Errors on demand, in the words OpenAI uses for them."""

from __future__ import annotations

from typing import Any

_CODES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("permission_error", None),
    404: ("invalid_request_error", "model_not_found"),
    408: ("timeout_error", None),
    413: ("invalid_request_error", "request_too_large"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("service_unavailable_error", None),
    529: ("overloaded_error", "server_overloaded"),
}

# Not events of either API, and then a line that is not JSON.
RUBBISH = (
    b": keep-alive\n\n"
    b'event: weather\ndata: {"type":"weather","sky":"grey"}\n\n'
    b"data: {this is no JSON\n\n"
)


def error_body(status: int, message: str = "") -> dict[str, Any]:
    """Return the body that goes with a status."""
    kind, code = _CODES.get(status, ("server_error", None))
    text = message or f"The demo model was asked to fail with status {status}."
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}


def error_headers(status: int) -> dict[str, str]:
    """Return the headers that go with a status."""
    return {"Retry-After": "1"} if status == 429 else {}
