"""Asking a server which models it has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from openai import NotFoundError

from conversations.providers.client import ModelServer, open_blocking_client

PATIENCE_S = 5.0
AT_MOST = 10_000  # models; a list without end is none


def listed_models(server: ModelServer) -> Collection[str] | None:
    """The names of its models; None when it has no such list. Blocks.

    Raises the SDK's errors, after ``PATIENCE_S`` seconds at most.
    """
    impatient = replace(server, timeout_s=PATIENCE_S, max_retries=0)
    with open_blocking_client(impatient) as client:
        try:
            found = client.models.list().data or []
        except NotFoundError:
            return None
        return {model.id for model in found[:AT_MOST]}
