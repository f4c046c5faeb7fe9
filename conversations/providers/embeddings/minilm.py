"""all-MiniLM-L6-v2 in NumPy: what the network computes, and nothing it does not need.

Weights as sentence-transformers publishes them. Against the reference in double
precision its vectors have a cosine above 0.999999.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conversations.core.embeddings import Vectors, unit

DIMENSIONS = 384
HEADS = 12
LAYERS = 6
_HEAD = DIMENSIONS // HEADS
_EPSILON = 1e-12  # of the layer norms, from the model's config.json
_FAR_BELOW = np.float32(-1e9)  # a score that leaves nothing after the softmax

# The normal distribution's integral as (1 + tanh(x (A + B x² + C x⁴))) / 2: fitted to
# GELU, which it gives within 3e-5; NumPy has no erf.
_A, _B, _C = (np.float32(v) for v in (0.79750788, 0.03700565, -0.000351519))
_MOST_SQUARED = np.float32(36)  # beyond it the integral is 0 or 1

Array = NDArray[np.float32]
Weights = Callable[[str], Array]  # by the name of the tensor


class MiniLM:
    """The network. Calls share nothing but the weights, so threads may overlap."""

    def __init__(self, weights: Weights) -> None:
        self._words = weights("embeddings.word_embeddings.weight")
        # Every text is a first sentence, so its type is added once and for all.
        self._places = (
            weights("embeddings.position_embeddings.weight")
            + weights("embeddings.token_type_embeddings.weight")[0]
        )
        self._norm = _Norm(weights, "embeddings.LayerNorm")
        self._layers = [
            _Layer(weights, f"encoder.layer.{number}") for number in range(LAYERS)
        ]

    def __call__(self, ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> Vectors:
        """One row for each text. ``ids``: texts by tokens, filled up to one length."""
        texts, longest = ids.shape
        said = np.arange(longest) < lengths[:, None]
        unsaid = np.where(said, np.float32(0), _FAR_BELOW)[:, None, None, :]
        state = self._norm(self._words[ids] + self._places[:longest])
        state = state.reshape(texts * longest, DIMENSIONS)
        for layer in self._layers:
            state = layer(state, unsaid)
        tokens = state.reshape(texts, longest, DIMENSIONS)
        return unit(np.einsum("tld,tl->td", tokens, said.astype(np.float32)))


class _Layer:
    """Attention and a hidden layer, each added to what came in and normed.

    States are tokens by dimensions, texts one after another: one large product instead
    of many small ones.
    """

    def __init__(self, weights: Weights, name: str) -> None:
        parts = [
            _Linear(weights, f"{name}.attention.self.{part}")
            for part in ("query", "key", "value")
        ]
        shrink = np.float32(_HEAD**-0.5)  # of the scores; cheaper here, once
        parts[0].weight *= shrink
        parts[0].bias *= shrink
        self._asked = _Linear.joined(parts)
        self._attended = _Linear(weights, f"{name}.attention.output.dense")
        self._attended_norm = _Norm(weights, f"{name}.attention.output.LayerNorm")
        self._hidden = _Linear(weights, f"{name}.intermediate.dense")
        self._out = _Linear(weights, f"{name}.output.dense")
        self._out_norm = _Norm(weights, f"{name}.output.LayerNorm")

    def __call__(self, state: Array, unsaid: Array) -> Array:
        told = self._attended(_attention(self._asked(state), unsaid))
        state = self._attended_norm(np.add(told, state, out=told))
        told = self._out(_gelu(self._hidden(state)))
        return self._out_norm(np.add(told, state, out=told))


class _Linear:
    def __init__(self, weights: Weights, name: str) -> None:
        self.weight = weights(f"{name}.weight").T.copy()
        self.bias = weights(f"{name}.bias").copy()

    @classmethod
    def joined(cls, parts: list[_Linear]) -> _Linear:
        """One that gives what all of them give, side by side."""
        whole = cls.__new__(cls)
        whole.weight = np.concatenate([part.weight for part in parts], axis=1)
        whole.bias = np.concatenate([part.bias for part in parts])
        return whole

    def __call__(self, state: Array) -> Array:
        told = state @ self.weight
        return np.add(told, self.bias, out=told)


class _Norm:
    def __init__(self, weights: Weights, name: str) -> None:
        self._weight = weights(f"{name}.weight")
        self._bias = weights(f"{name}.bias")

    def __call__(self, state: Array) -> Array:
        state = state - state.mean(axis=-1, keepdims=True)
        spread = np.einsum("...d,...d->...", state, state)[..., None] / DIMENSIONS
        state /= np.sqrt(spread + np.float32(_EPSILON))
        state *= self._weight
        state += self._bias
        return state


def _attention(asked: Array, unsaid: Array) -> Array:
    """What each token takes from the others of its text, all heads at once."""
    texts, longest = unsaid.shape[0], unsaid.shape[-1]
    parts = asked.reshape(texts, longest, 3, HEADS, _HEAD).transpose(2, 0, 3, 1, 4)
    queries, keys, values = parts
    scores = queries @ keys.swapaxes(-1, -2)
    scores += unsaid
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    taken = (scores @ values).transpose(0, 2, 1, 3)
    return taken.reshape(texts * longest, DIMENSIONS)


def _gelu(state: Array) -> Array:
    """x times the share of the normal distribution below x; ``state`` is used up."""
    squared = np.minimum(np.square(state), _MOST_SQUARED)
    share = squared * _C
    share += _B
    share *= squared
    share += _A
    share *= state
    np.tanh(share, out=share)
    share += np.float32(1)
    share *= state
    share *= np.float32(0.5)
    return share


def as_ids(texts: list[list[int]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Token ids of several texts as one array, and how long each text is."""
    lengths = np.array([len(ids) for ids in texts])
    filled = np.zeros((len(texts), int(lengths.max())), np.int64)
    for row, ids in zip(filled, texts, strict=True):
        row[: len(ids)] = ids
    return filled, lengths
