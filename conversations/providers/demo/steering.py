"""Model names that steer the server: its pace, and faults on demand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

# What GET /v1/models lists; the names with numbers are examples.
MODELS = (
    "demo",
    "demo-fast",
    "demo-slow-5",
    "demo-error-500",
    "demo-cut-5",
    "demo-hang",
    "demo-empty",
    "demo-rubbish",
    "demo-echo-context",
)

TOKENS_PER_SECOND = 60.0
FIRST_TOKEN_S = 0.1
_SLOWEST = 0.1


@dataclass(frozen=True, slots=True)
class Steering:
    """How to answer one request. ``tps`` of 0 is as fast as the socket takes it."""

    tps: float = TOKENS_PER_SECOND
    first_token_s: float = FIRST_TOKEN_S
    error: int = 0
    cut_after: int | None = None
    hang: bool = False
    empty: bool = False
    rubbish: bool = False
    echo: bool = False


_FAST = Steering(tps=0.0, first_token_s=0.0)
_FIXED = {
    "demo-fast": _FAST,
    "demo-hang": Steering(hang=True),
    "demo-empty": replace(_FAST, empty=True),
    "demo-rubbish": replace(_FAST, rubbish=True),
    "demo-echo-context": replace(_FAST, echo=True),
}


def steering_for(model: str) -> Steering:
    """Read a model name; a name that means nothing here behaves like ``demo``."""
    if model in _FIXED:
        return _FIXED[model]
    if match := re.fullmatch(r"demo-slow-(\d{1,5}(?:\.\d+)?)", model):
        return Steering(tps=max(_SLOWEST, float(match[1])))
    if match := re.fullmatch(r"demo-error-([45]\d\d)", model):
        return Steering(error=int(match[1]))
    if match := re.fullmatch(r"demo-cut-(\d{1,6})", model):
        return replace(_FAST, cut_after=int(match[1]))
    return Steering()
