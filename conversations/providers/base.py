"""What both of OpenAI's APIs share: sending a request and reading its stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any, ClassVar, cast

import httpx2
import orjson
from openai import AsyncStream

from conversations.core.errors import ModelUnavailable, ReplyCut, TurnError
from conversations.core.model_api import (
    Completion,
    Finished,
    FinishReason,
    Item,
    ModelEvent,
    ModelRequest,
    ReadPacer,
    TextDelta,
    Thought,
    ToolAsked,
    ToolSpec,
    Usage,
)
from conversations.providers import failures
from conversations.providers.calls import CallCollector
from conversations.providers.client import ModelServer, open_client
from conversations.providers.sse import EventSplitter

MAX_ANSWER_BYTES = 16 << 20

# How long a finished stream may take to end, so that its connection can be reused.
_GOODBYE_S = 0.1


class ReplyReader:
    """Collects what one streamed reply says; a subclass knows one API's events."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.calls = CallCollector()
        self.thoughts: list[Thought] = []
        self.any_text = False
        self.reason: FinishReason | None = None
        self.usage: Usage | None = None
        self.closed = False
        self._error: Exception | None = None
        self._told = False

    def read(self, event: dict[str, Any]) -> None:
        """Take one event; skip what is unknown; raise a ``TurnError`` it reports."""
        raise NotImplementedError

    def feed(self, data: list[bytes]) -> str:
        """Take the events of one network read and return their text as one."""
        try:
            for line in data:
                self._take(line)
        except (TurnError, ValueError) as error:
            # Kept for the ending: what came before it in the same read is shown first.
            self._error = error
            self.closed = True
        text = "".join(self.pieces)
        self.pieces.clear()
        self.any_text = self.any_text or bool(text)
        return text

    def done(self) -> None:
        """Take note of Chat Completions' closing line."""

    def ending(self, offered: bool = False) -> tuple[ModelEvent, ...]:
        """Return the reply's end, once, or raise if the stream stopped short of it.

        ``offered``: whether the model was given tools; calls of others are nothing.
        """
        if self._told:
            return ()
        if self.reason is not None:
            self._told = True
            # Of a reply that was cut, the last call may be half a call.
            asked = offered and self.reason == "complete"
            if calls := self.calls.finished() if asked else ():
                asked_for = ToolAsked(calls, tuple(self.thoughts))
                return asked_for, Finished(self.usage, "tools")
            return (Finished(self.usage, self.reason),)
        if self._error is not None:
            raise self._error
        if self.any_text or self.calls:
            raise ReplyCut(detail="the stream ended early")
        raise ModelUnavailable(failures.UNREADABLE, detail="no reply in the stream")

    def _take(self, line: bytes) -> None:
        if line == b"[DONE]":
            self.done()
            return
        event = orjson.loads(line)
        if isinstance(event, dict):
            self.read(event)


class OpenAIModel:
    """A ``ChatModel`` over the openai SDK; a subclass knows one API's bodies."""

    path: ClassVar[str]
    reader: ClassVar[type[ReplyReader]]

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._client = open_client(server)

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """Return the request as this API wants it, without streaming."""
        raise NotImplementedError

    @staticmethod
    def wire_items(items: tuple[Item, ...]) -> list[dict[str, Any]]:
        """Return a prompt as it goes over the wire."""
        raise NotImplementedError

    @staticmethod
    def wire_tools(tools: tuple[ToolSpec, ...]) -> list[dict[str, Any]]:
        """Return the tools as they are offered over the wire."""
        raise NotImplementedError

    def streaming(self) -> dict[str, Any]:
        """Return what turns the same request into a stream."""
        return {"stream": True}

    def completion(self, answer: dict[str, Any]) -> Completion:
        """Read a whole answer."""
        raise NotImplementedError

    async def stream(
        self, request: ModelRequest, pacer: ReadPacer | None = None
    ) -> AsyncIterator[ModelEvent]:
        """See ``ChatModel.stream``."""
        response = await self._open(self.body(request) | self.streaming())
        reply, offered = self.reader(), bool(request.tools)
        try:
            _refuse_page(response)
            async with (
                aclosing(response.aiter_bytes()) as chunks,
                aclosing(_events(chunks, pacer)) as events,
            ):
                async for data in events:
                    if text := reply.feed(data):
                        yield TextDelta(text)
                    if reply.closed:
                        break
                for event in reply.ending(offered):
                    yield event
                await _say_goodbye(chunks)
        except Exception as error:
            if reply.reason is None:
                raise failures.from_stream(error, reply.any_text) from None
            # It said that it was done; only the usage or the last line is missing.
            for event in reply.ending(offered):
                yield event
        finally:
            await response.aclose()

    async def complete(self, request: ModelRequest) -> Completion:
        """See ``ChatModel.complete``."""
        response = await self._open(self.body(request))
        try:
            _refuse_page(response)
            answer = orjson.loads(await _read_all(response))
            if not isinstance(answer, dict):
                raise ValueError("not an object")
            return self.completion(answer)
        except Exception as error:
            raise failures.from_stream(error) from None
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _open(self, body: dict[str, Any]) -> httpx2.Response:
        """Send the request and return the response before its first byte is read."""
        try:
            # The SDK retries, silence included; the person waits no longer for that.
            async with asyncio.timeout(self._server.timeout_s):
                # With ``stream`` the body is left unread; with this type to cast to,
                # the SDK hands it over as it is, without an object for every token.
                response = await self._client.post(
                    self.path,
                    body=body,
                    cast_to=httpx2.Response,
                    stream=True,
                    stream_cls=AsyncStream[object],
                )
                return cast(httpx2.Response, response)
        except Exception as error:
            raise failures.from_opening(error) from None


def count_of(value: object) -> int:
    """Return a token count from a server, or 0 for anything else."""
    return value if type(value) is int and value > 0 else 0


def _refuse_page(response: httpx2.Response) -> None:
    kind = response.headers.get("content-type", "")
    if kind.lower().startswith("text/html"):
        raise ModelUnavailable(failures.UNREADABLE, detail="a web page, not a reply")


async def _read_all(response: httpx2.Response) -> bytes:
    answer = bytearray()
    async for chunk in response.aiter_bytes():
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise ValueError("too long")
    return bytes(answer)


async def _events(
    chunks: AsyncIterator[bytes], pacer: ReadPacer | None
) -> AsyncGenerator[list[bytes], None]:
    """Yield the events of each read; the pacer decides how soon the next one is."""
    splitter = EventSplitter()
    async for chunk in chunks:
        yield splitter.feed(chunk)
        if pacer is not None and (pause := pacer.pause()):
            await asyncio.sleep(pause)
    yield splitter.finish()


async def _say_goodbye(chunks: AsyncIterator[bytes]) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_GOODBYE_S):
            async for _ in chunks:
                pass
