"""The demo model's HTTP endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from conversations.providers.demo.answers import Said, answer
from conversations.providers.demo.embeddings import as_base64, embed
from conversations.providers.demo.faults import RUBBISH, error_body, error_headers
from conversations.providers.demo.pace import paced, pieces_of
from conversations.providers.demo.request import (
    BadRequest,
    DemoRequest,
    read_chat,
    read_embeddings,
    read_responses,
)
from conversations.providers.demo.steering import MODELS, Steering, steering_for
from conversations.providers.demo.wire import Wire
from conversations.providers.demo.wire_chat import ChatWire
from conversations.providers.demo.wire_responses import ResponsesWire

MAX_REQUEST_BYTES = 16 << 20

# Role and separators of an item, as OpenAI counts them.
_TOKENS_PER_ITEM = 4

Count = Callable[[str], int]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def estimated_tokens(text: str) -> int:
    """Return roughly how many tokens a text has."""
    return (len(text) + 3) // 4


@dataclass(slots=True)
class Stats:
    """What happened so far. ``aborted`` counts clients that left before the end."""

    requests: int = 0
    streams: int = 0
    aborted: int = 0


class Endpoints:
    """What the server answers; ``count`` says how many tokens a text has."""

    def __init__(self, count: Count = estimated_tokens) -> None:
        self.stats = Stats()
        self._count = count

    def app(self) -> web.Application:
        """Return the routes as an application."""
        app = web.Application(
            client_max_size=MAX_REQUEST_BYTES, middlewares=[self._as_openai]
        )
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/responses", self._responses)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/embeddings", self._embeddings)
        return app

    @web.middleware
    async def _as_openai(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Count the request, and give errors the form that clients expect."""
        self.stats.requests += 1
        try:
            return await handler(request)
        except BadRequest as problem:
            return _error(400, str(problem))
        except web.HTTPException as problem:
            return _error(problem.status, f"{problem.reason}: {request.path}")
        except (asyncio.CancelledError, ConnectionResetError):
            # The client went away: while we were waiting, or while we were writing.
            self.stats.aborted += 1
            raise

    async def _models(self, request: web.Request) -> web.Response:
        models = [
            {"id": name, "object": "model", "created": 0, "owned_by": "demo"}
            for name in MODELS
        ]
        return _json({"object": "list", "data": models})

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        asked = read_responses(await _body(request))
        return await self._answer(request, asked, ResponsesWire)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        asked = read_chat(await _body(request))
        return await self._answer(request, asked, ChatWire)

    async def _embeddings(self, request: web.Request) -> web.Response:
        asked = read_embeddings(await _body(request))
        steering = steering_for(asked.model)
        if steering.error:
            return _error(steering.error)
        if steering.hang:
            await asyncio.Event().wait()
        vectors = []
        for text in asked.texts:
            vectors.append(embed(text, asked.dimensions))
            # Streams go on meanwhile. No threads: those that there are may all be
            # waiting for this very answer.
            await asyncio.sleep(0)
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": as_base64(vector) if asked.packed else vector,
            }
            for index, vector in enumerate(vectors)
        ]
        tokens = sum(map(self._count, asked.texts))
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return _json(
            {"object": "list", "data": data, "model": asked.model, "usage": usage}
        )

    async def _answer(
        self, request: web.Request, asked: DemoRequest, wire_class: type[Wire]
    ) -> web.StreamResponse:
        steering = steering_for(asked.model)
        if steering.error:
            return _error(steering.error)
        if steering.hang:
            await asyncio.Event().wait()
        # Long contexts take a while to search; other streams go on meanwhile.
        said, tokens = await asyncio.to_thread(self._think, asked, steering)
        wire = wire_class(asked, tokens)
        if asked.stream:
            return await self._stream(request, wire, said, steering)
        if steering.cut_after is not None:
            return _hang_up(request)
        # A whole answer comes at once: titles need not wait for a paced stream.
        await asyncio.sleep(steering.first_token_s)
        said, full = _within(said, asked.max_tokens, steering)
        return _json(wire.whole(said, self._tokens_of(said), full))

    def _think(self, asked: DemoRequest, steering: Steering) -> tuple[Said, int]:
        texts = [*(m.text for m in asked.messages), *asked.unsaid]
        tokens = sum(self._count(text) + _TOKENS_PER_ITEM for text in texts)
        if steering.echo:
            return orjson.dumps(asked.raw).decode(), tokens
        return "" if steering.empty else answer(asked), tokens

    def _tokens_of(self, said: Said) -> int:
        if isinstance(said, str):
            return self._count(said)
        return sum(self._count(f"{call.name} {call.arguments}") for call in said)

    async def _stream(
        self, request: web.Request, wire: Wire, said: Said, steering: Steering
    ) -> web.StreamResponse:
        self.stats.streams += 1
        response = web.StreamResponse(headers={"Cache-Control": "no-cache"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        # Headers are out by now, as with a real server that loses its mind later.
        if steering.rubbish:
            await response.write(RUBBISH)
            return response
        await response.write(wire.opening())
        said, full = _within(said, wire.request.max_tokens, steering)
        if isinstance(said, str):
            pieces = pieces_of(said, steering)[: steering.cut_after]
            async for due in paced(pieces, steering):
                await response.write(wire.pieces(due))
        else:
            await response.write(wire.tool_calls(said))
        if steering.cut_after is not None:
            _hang_up(request)
            return response
        await response.write(wire.closing(said, self._tokens_of(said), full))
        return response


def _within(said: Said, limit: int | None, steering: Steering) -> tuple[Said, bool]:
    """Keep to a limit of tokens; also say whether everything fitted."""
    if not isinstance(said, str) or limit is None:
        return said, True
    pieces = pieces_of(said, steering)
    return "".join(pieces[:limit]), len(pieces) <= limit


async def _body(request: web.Request) -> Any:
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError as problem:
        raise BadRequest("The body is not JSON.") from problem


def _json(data: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(data), status=status, content_type="application/json"
    )


def _error(status: int, message: str = "") -> web.Response:
    response = _json(error_body(status, message), status)
    response.headers.update(error_headers(status))
    return response


def _hang_up(request: web.Request) -> web.Response:
    """Break the connection in the middle, as a crashed server would."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
