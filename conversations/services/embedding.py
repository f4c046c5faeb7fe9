"""The embedding model that this process uses: one for all."""

from __future__ import annotations

from conversations import conf
from conversations.core.embeddings import Embedder
from conversations.providers.embeddings import open_embedder
from conversations.services import vectors

_opened: Embedder | None = None
_missing: vectors.Missing | None = None


def embedder(demo_url: str = "") -> Embedder:
    """By ``EMBEDDING_MODEL``. Whoever knows where the demo model listens says so first;
    without it, and without a server of one's own, there are no vectors from a server.
    """
    global _opened  # noqa: PLW0603 - its connections and its weights are for all
    if _opened is None or demo_url:
        _opened = _open(demo_url)
    return _opened


def missing() -> vectors.Missing:
    """What has no vector of it. One for all: it knows how far it has looked."""
    global _missing  # noqa: PLW0603
    if _missing is None:
        _missing = vectors.Missing(embedder())
    return _missing


def close() -> None:
    global _opened, _missing  # noqa: PLW0603
    if _opened is not None:
        _opened.close()
    _opened = _missing = None


def _open(demo_url: str) -> Embedder:
    name = conf.embedding_model()
    if name not in ("", conf.LOCAL) and conf.uses_demo_model() and not demo_url:
        name = ""
    return open_embedder(name, conf.model_server(demo_url))
