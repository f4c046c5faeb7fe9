"""Streams read in one process, without a server: the baseline.

``python -m benchmarks.readers sdk|raw --url URL --model M --streams N``: ``sdk`` is
``async for event in await client.responses.create(stream=True)`` and nothing else,
``raw`` the product's provider. Says ``ready`` after a warm-up and ``over`` after the
streams, waits for a line each time, then prints a tally for every stream.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from openai import AsyncOpenAI

from benchmarks.stamps import Tally, now
from benchmarks.upstream import pace
from conversations.core.model_api import Item, ModelRequest, TextDelta
from conversations.core.pacing import LoadPacer
from conversations.providers import ModelServer, open_model

QUESTION = "hello"
WARM_UP = 5  # streams
Reader = Callable[[str], AsyncIterator[str]]


@asynccontextmanager
async def sdk(url: str) -> AsyncIterator[Reader]:
    """The SDK as its documentation shows it: an object for every event."""
    async with AsyncOpenAI(base_url=url, api_key="benchmark") as client:

        async def read(model: str) -> AsyncIterator[str]:
            stream = await client.responses.create(
                model=model, input=QUESTION, stream=True, store=False
            )
            async for event in stream:
                if event.type == "response.output_text.delta":
                    yield event.delta

        yield read


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Reader]:
    """The same SDK as the product's provider uses it, at the product's pace."""
    server = open_model("responses", ModelServer(url, "benchmark"))
    pacer = LoadPacer()

    async def read(model: str) -> AsyncIterator[str]:
        request = ModelRequest(model, (Item("user", QUESTION),))
        async for event in server.stream(request, pacer):
            if isinstance(event, TextDelta):
                yield event.text

    yield read
    await server.close()


READERS: dict[str, Callable[[str], AbstractAsyncContextManager[Reader]]] = {
    "sdk": sdk,
    "raw": raw,
}


async def one(read: Reader, model: str, after: float = 0.0) -> Tally:
    """Read a reply, ``after`` seconds from now."""
    await asyncio.sleep(after)
    tally = Tally()
    tally.ask()
    try:
        async for text in read(model):
            tally.feed(text, now())
    except Exception as problem:
        tally.failure = repr(problem)
    return tally


async def told(word: str) -> None:
    """Say how far we are and wait to be told to go on."""
    print(word, flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def run(args: argparse.Namespace) -> list[Tally]:
    async with READERS[args.reader](args.url) as read:
        await asyncio.gather(*(one(read, pace(20)) for _ in range(WARM_UP)))
        gc.collect()
        await told("ready")
        streams = range(args.streams)
        tallies = [one(read, args.model, at * args.spacing) for at in streams]
        done = await asyncio.gather(*tallies)
        await told("over")
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=READERS)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--streams", type=int, required=True)
    parser.add_argument("--spacing", type=float, default=0.01, help="seconds")
    tallies = asyncio.run(run(parser.parse_args()))
    print(json.dumps([tally.record() for tally in tallies]))


if __name__ == "__main__":
    main()
