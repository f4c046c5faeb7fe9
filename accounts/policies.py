"""What an administrator may decide for the site: one line in the table each.

A decision is a row; without one the setting of the same name holds, so a site that is
set up by its environment alone needs no database for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction

BELIEVED = 5.0  # seconds until a decision made in another process holds in this one


@dataclass(frozen=True, slots=True)
class Rule:
    """``choices`` in words for a form; a number has ``least`` and ``most`` instead."""

    label: str
    default: Callable[[], Any]
    choices: Mapping[Any, str] | None = None
    least: int = 0
    most: int = 0
    help: str = ""

    def accepts(self, value: Any) -> bool:
        if self.choices is not None:
            return value in self.choices
        return type(value) is int and self.least <= value <= self.most


POLICIES: Mapping[str, Rule] = {
    "pii_policy": Rule(
        "Personal data in what people write",
        lambda: settings.PII_POLICY,
        {
            "off": "Stored and sent to the model as it is",
            "mask": "Masked for good, before it is stored",
            "vault": "Placeholders to the model; the originals sealed, for the person",
        },
    ),
    "staff_second_factor": Rule(
        "The administration asks for a second factor",
        lambda: settings.STAFF_SECOND_FACTOR,
        {True: "Yes", False: "No"},
    ),
    "erasure_grace_days": Rule(
        "Days until an account that its person deletes is erased",
        lambda: 7,
        least=0,
        most=30,
        help="They can change their mind that long.",
    ),
    "export_hours": Rule(
        "Hours an export waits for its download", lambda: 24, least=1, most=168
    ),
    "break_glass_minutes": Rule(
        "Minutes a reading of somebody's conversation lasts",
        lambda: 30,
        least=5,
        most=480,
    ),
}


class UnknownPolicy(LookupError):
    """Its name is not in the table, or the value is none it can have."""


def policy(name: str) -> Any:
    """What holds now, at most ``BELIEVED`` seconds old; ``UnknownPolicy``."""
    if name not in POLICIES:
        raise UnknownPolicy(name)
    decided = _decisions()
    return decided[name] if name in decided else POLICIES[name].default()


def decide(name: str, value: Any) -> Any:
    """Let ``value`` hold from now on; what held before. Raises ``UnknownPolicy``.

    To be recorded by whoever calls it, in the same transaction.
    """
    if name not in POLICIES or not POLICIES[name].accepts(value):
        raise UnknownPolicy(name)
    before = policy(name)
    _rows().update_or_create(name=name, defaults={"value": value})
    transaction.on_commit(forget)
    return before


def withdraw(name: str) -> Any:
    """Let the setting hold again; what held before. Raises ``UnknownPolicy``.

    To be recorded by whoever calls it, in the same transaction.
    """
    before = policy(name)
    _rows().filter(name=name).delete()
    transaction.on_commit(forget)
    return before


def forget() -> None:
    """Look them up again the next time."""
    global _until
    _until = 0.0


def believe(decisions: dict[str, Any]) -> None:
    """Let these hold in this process until ``forget``, whatever the rows say."""
    global _known, _until
    with _lock:
        _known, _until = decisions, float("inf")


def _decisions() -> dict[str, Any]:
    global _known, _until
    now = time.monotonic()
    with _lock:
        if now >= _until:
            _known = {
                name: value
                for name, value in _rows().values_list("name", "value")
                if name in POLICIES and POLICIES[name].accepts(value)
            }
            _until = now + BELIEVED
        return _known


def _rows() -> Any:
    return apps.get_model("accounts.Policy").objects


_lock = threading.Lock()
_known: dict[str, Any] = {}
_until = 0.0
