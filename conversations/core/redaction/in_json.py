"""Changing the strings of a JSON text, so that it stays one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

Change = Callable[[str], str]


def in_strings(text: str, change: Change) -> str:
    """``text`` with each string of it changed, keys too; what is no JSON, as one
    string. It comes back untouched where nothing changes.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return change(text)
    changed = _changed(value, change)
    if changed == value:
        return text
    try:
        return orjson.dumps(changed).decode()
    except TypeError:  # half a character, which only an escape can hold
        return change(text)


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_changed(one, change) for one in value]
    if isinstance(value, dict):
        return {change(key): _changed(one, change) for key, one in value.items()}
    return value
