"""The demo model, asked in this process: it answers from its context, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.core.model_api import Item
from conversations.providers import PROVIDERS
from conversations.providers.demo.answers import answer
from conversations.providers.demo.request import read_responses


def demo_answer(items: Sequence[Item]) -> str:
    """What it says to a prompt, as that goes over the wire."""
    sent = PROVIDERS["responses"].wire_items(tuple(items))
    said = answer(read_responses({"model": "demo", "input": sent}))
    return said if isinstance(said, str) else ""
