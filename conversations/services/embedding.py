"""The embedding model that this process uses: one for all."""

from __future__ import annotations

from collections.abc import Sequence

from conversations import conf
from conversations.core.embeddings import Embedder, Vectors
from conversations.providers.embeddings import open_embedder
from conversations.services import redacting, vectors

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
    opened = open_embedder(name, conf.model_server(demo_url))
    return opened if name in ("", conf.LOCAL) else Outbound(opened)


class Outbound:
    """``Embedder`` of a server: what it is given has masks under either policy, for
    nothing comes back.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimensions(self) -> int | None:
        return self._embedder.dimensions

    @property
    def batch(self) -> int:
        return self._embedder.batch

    def embed(self, texts: Sequence[str], *, hurry: bool = False) -> Vectors:
        return self._embedder.embed(redacting.masks(texts), hurry=hurry)

    def close(self) -> None:
        self._embedder.close()
