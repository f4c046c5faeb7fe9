"""Embeddings without a model: words hashed into a vector."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from collections import Counter

from conversations.providers.demo.words import WORD, content_stems

DIMENSIONS = 256


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Return a unit vector; texts that share words point the same way."""
    words = content_stems(text) or [word.lower() for word in WORD.findall(text)]
    vector = [0.0] * dimensions
    for word, times in Counter(words).items():
        # Not hash(): that differs from process to process, and vectors are stored.
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        place, sign = struct.unpack("<Ib", digest[:5])
        # Signs let words that share a place cancel out instead of adding up.
        vector[place % dimensions] += math.copysign(1 + math.log(times), sign)
    length = math.hypot(*vector)
    # A text without words still needs a direction of length one.
    if not length:
        return [1.0] + [0.0] * (dimensions - 1)
    return [value / length for value in vector]


def as_base64(vector: list[float]) -> str:
    """Return a vector the way ``encoding_format: base64`` wants it."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
