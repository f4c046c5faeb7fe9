"""Where a tool works: for whom, in which conversation, and a way to the services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Do = Callable[..., Awaitable[Any]]
"""Runs a service in a thread that may use the database."""


@dataclass(frozen=True, slots=True)
class Bench:
    """``reply`` is the message that the turn writes, ``do`` runs what writes."""

    owner: UUID
    conversation: UUID
    reply: UUID
    do: Do
