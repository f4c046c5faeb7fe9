"""What an event may tell: ids, numbers and names of settings, never content.

The shape is what is checked: a value has neither a space nor an @ and is short, so that
words, titles and addresses do not get in by accident.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

NAME = re.compile(r"[A-Za-z0-9_.:-]{0,64}")
MOST = 50  # values in a list, and of an event
GREATEST = 2**53  # what every reader of JSON keeps exactly


class NotADetail(TypeError):
    """Something that does not belong in the log. It is not repeated here."""


def checked(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details as JSON knows them; raises ``NotADetail``."""
    if len(details) > MOST:
        raise NotADetail("too many details")
    return {name: _value(name, value) for name, value in details.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        if len(value) > MOST:
            raise NotADetail(f"{name} has too many values")
        return [_single(name, each) for each in value]
    return _single(name, value)


def _single(name: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str) and NAME.fullmatch(value):
        return str(value)  # of an enumeration's member too
    if value is None or (isinstance(value, int) and abs(value) <= GREATEST):
        return value
    raise NotADetail(f"{name} is neither an id nor a number nor a name")
