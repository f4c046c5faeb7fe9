"""Embeddings over HTTP: what is sent, and what a server can get wrong."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from conversations.core import errors
from conversations.core.embeddings import Embedder
from conversations.providers.client import ModelServer
from conversations.providers.embeddings import api, open_embedder
from tests.providers.conftest import KEY
from tests.providers.test_embeddings import CAT, embed

Open = Callable[..., Embedder]


@pytest.fixture
async def open_at() -> AsyncIterator[Open]:
    opened: list[Embedder] = []

    def open_(url: str, model: str = "e", **settings: Any) -> Embedder:
        server = ModelServer(url, KEY, **{"timeout_s": 60, "max_retries": 0} | settings)
        opened.append(open_embedder(model, server))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


async def refusal(embedder: Embedder, *texts: str, **how: bool) -> errors.TurnError:
    with pytest.raises(errors.TurnError) as caught:
        await embed(embedder, texts or [CAT], **how)
    told = f"{caught.value!r} {caught.value} {caught.value.detail}"
    assert KEY not in told
    assert CAT not in told
    return caught.value


def answer(*vectors: Any, order: list[int] | None = None) -> bytes:
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in zip(order or range(len(vectors)), vectors, strict=True)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    whole = {"object": "list", "data": data, "model": "e", "usage": usage}
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.RequestRefused),
        (401, errors.ModelAuthFailed),
        (404, errors.ModelNotFound),
        (429, errors.ModelRateLimited),
        (500, errors.ModelUnavailable),
        (503, errors.ModelUnavailable),
    ],
)
async def test_every_status_has_its_error(open_at, demo, status, kind):
    problem = await refusal(open_at(demo.base_url, f"demo-error-{status}"))
    assert type(problem) is kind
    assert f"HTTP {status}" in problem.detail


async def test_indexing_tries_again_and_a_question_does_not(open_at, demo):
    embedder = open_at(demo.base_url, "demo-error-500", max_retries=1)
    await refusal(embedder)
    assert demo.stats.requests == 2
    await refusal(embedder, hurry=True)
    assert demo.stats.requests == 3


async def test_a_question_waits_for_seconds_only(open_at, demo, monkeypatch):
    monkeypatch.setattr(api, "QUESTION_S", 0.2)
    started = time.perf_counter()
    problem = await refusal(open_at(demo.base_url, "demo-hang"), hurry=True)
    assert type(problem) is errors.ModelTimeout
    assert time.perf_counter() - started < api.INDEXING_S / 2


def test_how_long_is_waited():
    assert (api.QUESTION_S, api.INDEXING_S) == (3, 30)


async def test_a_server_that_is_not_there_is_unavailable(open_at, demo):
    await demo.close()
    assert type(await refusal(open_at(demo.base_url))) is errors.ModelUnavailable


@pytest.mark.parametrize(
    "body",
    [
        answer([1.0, 0.0]),  # one vector for two texts
        answer([1.0], [1.0], [1.0]),
        answer([1.0], [1.0], order=[0, 0]),
        answer([1.0], [1.0], order=[1, 2]),
        answer([1.0, 0.0], [1.0]),
        answer([1.0], [float("nan")]),
        answer([1.0], [1e999]),
        answer([], []),
        answer(["1", "x"], ["y", "2"]),
        answer([[1.0]], [[1.0]]),
        answer(None, None),
        answer("!", "!"),
        b'{"object": "list", "data": []}',
        b'{"object": "list", "data": 5}',
        b'{"data": [1, 2]}',
        b"{}",
        b"[]",
        b"null",
        b"<h1>Welcome</h1>",
    ],
)
async def test_what_is_not_a_vector_for_each_text_is_unreadable(
    open_at, scripted, body
):
    scripted.answers(body, kind="application/json")
    problem = await refusal(open_at(scripted.base_url), "one", "two")
    assert type(problem) is errors.ModelUnavailable
    assert "unreadable" in str(problem)


async def test_vectors_may_come_in_any_order_and_at_any_length(open_at, scripted):
    scripted.answers(answer([0, 3], [4, 0], order=[1, 0]), kind="application/json")
    rows = await embed(open_at(scripted.base_url), ["one", "two"])
    assert rows.tolist() == [[1, 0], [0, 1]]


async def test_the_request_is_what_openai_wants(open_at, scripted):
    scripted.answers(answer([1.0], [1.0]), kind="application/json")
    embedder = open_at(scripted.base_url, "text-embedding-3-small")
    assert embedder.dimensions is None
    await embed(embedder, ["tea ", " "])
    assert embedder.dimensions == 1
    (sent,) = scripted.requests
    assert sent == {
        "model": "text-embedding-3-small",
        "input": ["tea", "."],  # it refuses an empty one
        "encoding_format": "base64",
    }
    assert f"authorization: bearer {KEY}".lower() in scripted.heads[0].lower()
    assert scripted.heads[0].startswith("POST /v1/embeddings ")


async def test_a_request_has_a_largest_size(open_at, demo):
    await embed(open_at(demo.base_url), ["word " * 4000] * 30)
    assert demo.stats.requests == 3  # 240,000 characters each
    await embed(open_at(demo.base_url), ["word"] * 97)
    assert demo.stats.requests == 5


async def test_a_small_window_gets_less_of_the_text(open_at):
    server = await SmallWindow.start(2000)
    try:
        rows = await embed(open_at(server.base_url), ["short", "x" * 30_000])
        sizes = [max(map(len, request["input"])) for request in server.requests]
    finally:
        await server.close()
    assert len(rows) == 2
    assert sizes == [24_000, 12_000, 6_000, 3_000, 1_500]


async def test_a_window_too_small_for_anything_is_an_error(open_at):
    server = await SmallWindow.start(10)
    try:
        problem = await refusal(open_at(server.base_url), "x" * 1000)
    finally:
        await server.close()
    assert type(problem) is errors.ContextTooLong
    assert len(server.requests) == 2


async def test_vectors_of_two_sizes_are_refused(open_at, demo, monkeypatch):
    sizes = iter([3, 4])
    monkeypatch.setattr(
        api, "_rows", lambda data, wanted: np.ones((wanted, next(sizes)), np.float32)
    )
    problem = await refusal(open_at(demo.base_url), *["word"] * 100)
    assert problem.detail == "vectors of several sizes"


class SmallWindow:
    """A server that takes texts of so many characters, in the words of one of many."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.requests: list[dict[str, Any]] = []

    @classmethod
    async def start(cls, longest: int) -> SmallWindow:
        self = cls(longest)
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=1 << 20
        )
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length:")[1].split()[0])
        asked = json.loads(await reader.readexactly(size))
        self.requests.append(asked)
        status, body = "200 OK", answer(*([1.0] for _ in asked["input"]))
        if max(map(len, asked["input"])) > self.longest:
            error = {"message": "maximum context length is 512", "code": 400}
            status, body = "400 No", json.dumps({"error": error}).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()
