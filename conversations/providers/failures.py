"""Say what went wrong with a model server in the product's own errors.

Nothing a server wrote is passed on: its messages may quote the prompt or the key.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from openai import APIConnectionError, APIStatusError

from conversations.core.errors import (
    ContextTooLong,
    ModelAuthFailed,
    ModelBusy,
    ModelNotFound,
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    OverBudget,
    ReplyCut,
    RequestRefused,
    TurnError,
)

UNREADABLE = "The model server sent something unreadable."
BROKEN = "The model server had a problem of its own."

_BY_STATUS: dict[int, type[TurnError]] = {
    401: ModelAuthFailed,
    402: OverBudget,
    403: ModelAuthFailed,
    404: ModelNotFound,
    408: ModelTimeout,
    409: ModelBusy,
    413: ContextTooLong,
    429: ModelRateLimited,
    503: ModelUnavailable,
    529: ModelBusy,
}
# Codes are more exact than statuses, and inside a stream there is no status.
_BY_CODE: dict[str, type[TurnError]] = {
    "insufficient_quota": OverBudget,
    "billing_hard_limit_reached": OverBudget,
    "billing_not_active": OverBudget,
    "context_length_exceeded": ContextTooLong,
    "exceed_context_size_error": ContextTooLong,
    "rate_limit_exceeded": ModelRateLimited,
    "rate_limit_error": ModelRateLimited,
    "invalid_api_key": ModelAuthFailed,
    "authentication_error": ModelAuthFailed,
    "model_not_found": ModelNotFound,
    "overloaded_error": ModelBusy,
    "server_overloaded": ModelBusy,
    "invalid_request_error": RequestRefused,
    "invalid_prompt": RequestRefused,
    "content_policy_violation": RequestRefused,
}
# Servers that imitate OpenAI say it in words only.
_TOO_LONG = re.compile(
    r"context (length|size|window)|maximum context|prompt is too long", re.I
)
_CODE = re.compile(r"[a-z][a-z_]{2,50}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the server asks us to wait, if it says so."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return max(0.0, min(seconds, 86_400.0)) if seconds == seconds else None


def from_opening(error: Exception) -> TurnError:
    """Name an error that came instead of a reply."""
    if isinstance(error, TurnError):
        return error
    if isinstance(error, APIStatusError):
        return _from_status(error)
    cause = error.__cause__ if isinstance(error, APIConnectionError) else error
    if _is_silence(cause):
        return ModelTimeout(detail=_root_name(error))
    return ModelUnavailable(detail=_root_name(error))


def from_stream(error: Exception, after_text: bool = False) -> TurnError:
    """Name an error in the middle of a reply."""
    if isinstance(error, TurnError):
        return error
    name = _root_name(error)
    if after_text:
        return ReplyCut(detail=name)
    if _is_silence(error):
        return ModelTimeout(detail=name)
    if isinstance(error, ValueError):
        return ModelUnavailable(UNREADABLE, detail=name)
    return ModelUnavailable(BROKEN, detail=name)


def from_body(body: object) -> TurnError:
    """Name an error that a server put into its answer or its stream."""
    codes = _codes(body)
    for code in codes:
        if code in _BY_CODE:
            return _refined(_BY_CODE[code], body)(detail=code)
    if _says_too_long(body):
        return ContextTooLong(detail=" ".join(codes))
    return ModelUnavailable(BROKEN, detail=" ".join(codes))


def _from_status(error: APIStatusError) -> TurnError:
    status = error.status_code
    codes = _codes(error.body)
    detail = " ".join([f"HTTP {status}", *codes])
    kind = _BY_STATUS.get(status)
    for code in codes:
        # What a proxy calls an invalid request may still be a 401 or a 404.
        if code in _BY_CODE and _BY_CODE[code] is not RequestRefused:
            kind = _BY_CODE[code]
            break
    if kind is None and 400 <= status < 500:
        kind = _refined(RequestRefused, error.body)
    if kind is None:
        return ModelUnavailable(BROKEN, detail=detail)
    return kind(detail=detail, retry_after=retry_after(error.response.headers))


def _refined(kind: type[TurnError], body: object) -> type[TurnError]:
    if kind is RequestRefused and _says_too_long(body):
        return ContextTooLong
    return kind


def _root_name(error: BaseException) -> str:
    """Return the class of the first cause: the SDK and its transport wrap it twice."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


def _is_silence(error: BaseException | None) -> bool:
    # The aiohttp transport reports every refused or lost connection as ConnectTimeout.
    if isinstance(error, httpx2.ConnectTimeout):
        return False
    return isinstance(error, httpx2.TimeoutException | TimeoutError)


def _error_of(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def _codes(body: object) -> list[str]:
    """Return the error's code and type, if they look like names and nothing else."""
    error = _error_of(body)
    values = (error.get("code"), error.get("type"))
    names = [v for v in values if isinstance(v, str) and _CODE.fullmatch(v)]
    return [name for name in names if name != "error"]


def _says_too_long(body: object) -> bool:
    message = _error_of(body).get("message")
    return isinstance(message, str) and bool(_TOO_LONG.search(message))
