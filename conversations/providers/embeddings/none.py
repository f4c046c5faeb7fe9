"""No embeddings: what a site without ``EMBEDDING_MODEL`` has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conversations.core.embeddings import Vectors


class NoEmbedder:
    """An ``Embedder`` without a name or a dimension: nothing is like anything."""

    name = ""
    dimensions = 0
    batch = 1

    def embed(self, texts: Sequence[str], *, hurry: bool = False) -> Vectors:
        """Return a row without numbers for each text."""
        return np.empty((len(texts), 0), np.float32)

    def close(self) -> None:
        """Nothing to close."""
