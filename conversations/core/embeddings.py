"""Texts as vectors: the port to what makes them, and how they are kept and compared.

A vector says only which way it points, so all are of length one. Kept, each number is a
byte: measured on LoCoMo, that loses nothing and takes a quarter of the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from conversations.core.errors import TurnError

Vectors = NDArray[np.float32]  # one a row, each of length one
Packed = NDArray[np.void]  # a row's bytes, and what to multiply them by

_AT_ONCE = 1024  # rows made into floats together: they stay in the processor's cache


class EmbeddingsMissing(TurnError):
    """What the chosen embeddings need is not there; ``str()`` says how to get it."""

    retryable = False
    sentence = "The embeddings of this site are not installed."


class Embedder(Protocol):
    """Makes vectors. Calls block: they belong in a worker thread, any number at once.

    ``name`` tells its vectors from those of other models and is kept with each; "" is
    the embedder that makes none. ``dimensions`` is None until a server has told.
    ``batch`` is how many texts are best given at once.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int | None: ...

    @property
    def batch(self) -> int: ...

    def embed(self, texts: Sequence[str], *, hurry: bool = False) -> Vectors:
        """One row of length one for each text, whatever the text, in the same order.

        (Of zeros, when a server says so.) Too long a text counts by its beginning.
        ``hurry``: a person waits, so fail in a few seconds and try nothing twice.
        Every error is a ``TurnError``.
        """
        ...

    def close(self) -> None: ...


def embeddable(text: str) -> str:
    """The text without what no tokenizer and no JSON takes: halves of characters."""
    return text.encode("utf-8", "replace").decode().strip()


def unit(vectors: NDArray[Any]) -> Vectors:
    """The rows at length one; a row of zeros, which points nowhere, stays as it is."""
    rows = np.asarray(vectors, np.float64)  # squares of large numbers fit
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def packed(vector: Vectors) -> bytes:
    """A vector as it is stored: a factor, and a byte for each number."""
    row = np.empty((), _form(vector.size))
    most = float(np.abs(vector).max(initial=0)) or 1.0
    row["numbers"] = np.rint(vector * (127 / most))
    length = float(np.linalg.norm(row["numbers"].astype(np.float32)))
    row["factor"] = 1 / length if length else 0
    return row.tobytes()


def unpacked(rows: Sequence[bytes], dimensions: int) -> Packed:
    """Stored vectors as a matrix to search; ``ValueError`` for one of another size."""
    form = _form(dimensions)
    if any(len(row) != form.itemsize for row in rows):
        raise ValueError("vectors of another size")
    return np.frombuffer(b"".join(rows), form)


def cosines(matrix: Packed, question: Vectors) -> Vectors:
    """How nearly each row points where the question does: 1 is the same way."""
    found = np.empty(len(matrix), np.float32)
    floats = np.empty((min(_AT_ONCE, len(matrix)), question.size), np.float32)
    for start in range(0, len(matrix), _AT_ONCE):
        numbers = matrix["numbers"][start : start + _AT_ONCE]
        some = floats[: len(numbers)]
        np.copyto(some, numbers)
        np.matmul(some, question, out=found[start : start + len(numbers)])
    return found * matrix["factor"]


def greatest(values: Vectors, at_most: int) -> NDArray[np.intp]:
    """Where the greatest values are, the greatest first."""
    found = np.arange(len(values))
    if 0 < at_most < len(values):
        found = np.argpartition(values, -at_most)[-at_most:]
    return found[np.argsort(-values[found], kind="stable")][: max(at_most, 0)]


def _form(dimensions: int) -> np.dtype[np.void]:
    return np.dtype([("factor", "<f4"), ("numbers", "i1", (dimensions,))])
