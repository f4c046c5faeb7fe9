"""Embeddings from the model server's own endpoint, through the openai SDK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from openai import OpenAI

from conversations.core.embeddings import Vectors, embeddable, unit
from conversations.core.errors import ContextTooLong, ModelUnavailable
from conversations.providers import failures
from conversations.providers.client import ModelServer, open_blocking_client

BATCH = 96  # texts of one request; some servers refuse more
QUESTION_S = 3.0  # a person waits for what it finds
INDEXING_S = 30.0

# OpenAI takes 8,191 tokens a text and 300,000 a request; English has four characters a
# token, and most scripts one or more.
LONGEST_TEXT = 24_000  # characters
LONGEST_REQUEST = 240_000
SHORTEST_TEXT = 300  # a server that finds this too long is not asked again
_WORDLESS = "."  # for texts without a word, which OpenAI refuses


class ApiEmbedder:
    """An ``Embedder`` over ``POST /embeddings``."""

    batch = BATCH

    def __init__(self, model: str, server: ModelServer) -> None:
        self.name = model
        self.dimensions: int | None = None
        self._server = server
        self._client = open_blocking_client(server)

    def embed(self, texts: Sequence[str], *, hurry: bool = False) -> Vectors:
        """See ``Embedder.embed``."""
        if not texts:
            return np.empty((0, self.dimensions or 0), np.float32)
        client = self._client.with_options(
            timeout=QUESTION_S if hurry else INDEXING_S,
            max_retries=0 if hurry else self._server.max_retries,
        )
        rows = [self._fitting(client, batch) for batch in _batches(texts)]
        if len({part.shape[1] for part in rows}) > 1:
            raise _unreadable("vectors of several sizes")
        found = np.concatenate(rows)
        self.dimensions = found.shape[1]
        return unit(found)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _fitting(self, client: OpenAI, texts: list[str]) -> Vectors:
        """Ask; a server with a small window is asked again with less of each text."""
        longest = max(map(len, texts))
        while True:
            try:
                return self._asked(client, [text[:longest] for text in texts])
            except ContextTooLong:
                longest //= 2
                if longest < SHORTEST_TEXT:
                    raise

    def _asked(self, client: OpenAI, texts: list[str]) -> Vectors:
        try:
            answer = client.embeddings.create(model=self.name, input=texts)
            return _rows(answer.data, len(texts))
        except (ValueError, TypeError, AttributeError) as error:
            raise _unreadable(type(error).__name__) from None
        except Exception as error:
            raise failures.from_opening(error) from None


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        text = embeddable(text[:LONGEST_TEXT]) or _WORDLESS
        if batch and (len(batch) == BATCH or size + len(text) > LONGEST_REQUEST):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    yield batch


def _rows(data: list[Any], wanted: int) -> Vectors:
    """The vectors in the order of the texts; ``ValueError`` if they cannot be that."""
    in_order = sorted(data, key=lambda item: item.index)
    if [item.index for item in in_order] != list(range(wanted)):
        raise ValueError("not a vector for each text")
    rows = np.array([item.embedding for item in in_order], np.float64)
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise ValueError("not vectors")
    return rows.astype(np.float32)


def _unreadable(detail: str) -> ModelUnavailable:
    return ModelUnavailable(failures.UNREADABLE, detail=detail)
