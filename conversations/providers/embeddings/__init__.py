"""Where vectors come from. A new kind is a file here and a line in the table."""

from __future__ import annotations

from collections.abc import Callable

from conversations.core.embeddings import Embedder
from conversations.providers.client import ModelServer
from conversations.providers.embeddings.api import ApiEmbedder
from conversations.providers.embeddings.local import LocalEmbedder
from conversations.providers.embeddings.none import NoEmbedder

__all__ = ["EMBEDDERS", "LOCAL", "open_embedder"]

LOCAL = "local"

# By kind; each is told the model and the server, and most do not ask.
EMBEDDERS: dict[str, Callable[[str, ModelServer], Embedder]] = {
    "none": lambda model, server: NoEmbedder(),
    "local": lambda model, server: LocalEmbedder(),
    "api": ApiEmbedder,
}


def open_embedder(model: str, server: ModelServer) -> Embedder:
    """Return what makes vectors, by the value of EMBEDDING_MODEL. Close it at the end.

    "" makes none, "local" makes them here; every other name is a model of the server's.
    """
    return EMBEDDERS[kind_of(model)](model, server)


def kind_of(model: str) -> str:
    """Return which line of the table a value of EMBEDDING_MODEL means."""
    if not model:
        return "none"
    return LOCAL if model == LOCAL else "api"
