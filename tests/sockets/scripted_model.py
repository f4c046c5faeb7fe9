"""A model that says what a test wants, in the pieces it wants, and keeps what it was
asked; behind the product's own way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import aclosing
from typing import Any

import orjson

from conversations.core.model_api import (
    Completion,
    Finished,
    ModelRequest,
    TextDelta,
    ToolAsked,
)
from conversations.outbound import Outbound
from conversations.runner import Runner
from conversations.services.wire_form import wire_form

Answer = Callable[[ModelRequest], Iterable[Any]]


class ScriptedModel:
    """``stream``: what each request is answered; text in pieces, or events, or errors.
    ``complete``: the text of each background call.
    """

    def __init__(self, stream: Answer, complete: Callable[[str], str] = str) -> None:
        self._stream, self._complete = stream, complete
        self.asked: list[ModelRequest] = []
        self.streamed: list[ModelRequest] = []

    async def stream(self, request, pacer=None):
        self.asked.append(request)
        self.streamed.append(request)
        end = Finished()
        for event in self._stream(request):
            if isinstance(event, Exception):
                raise event
            if callable(event):
                await event()
                continue
            if isinstance(event, ToolAsked):
                end = Finished(reason="tools")
            yield TextDelta(event) if isinstance(event, str) else event
        yield end

    async def complete(self, request):
        self.asked.append(request)
        return Completion(self._complete("\n".join(i.text for i in request.items)))

    async def close(self) -> None: ...

    @property
    def sent(self) -> str:
        """All that went over the wire so far."""
        return "\n".join(
            (wire_form("responses", one.items, one.tools)).decode()
            for one in self.asked
        )

    def last(self) -> list[dict[str, Any]]:
        """The prompt that was streamed an answer last."""
        wire = orjson.loads(wire_form("responses", self.streamed[-1].items, ()))
        return wire["input"]


class Held:
    """Another model, whose replies wait after so many characters until they are let go:
    a reply that is to be under way must not depend on how fast the test is.
    """

    def __init__(self, model: Any, length: int) -> None:
        self._model, self._length = model, length
        self.go_on = asyncio.Event()

    async def stream(self, request, pacer=None):
        room = self._length
        async with aclosing(self._model.stream(request, pacer)) as events:
            async for event in events:
                if not isinstance(event, TextDelta):
                    yield event
                    continue
                shown, rest = event.text[:room], event.text[room:]
                room -= len(shown)
                if shown:
                    yield TextDelta(shown)
                if not room:
                    await self.go_on.wait()
                if rest:
                    yield TextDelta(rest)

    async def complete(self, request):
        return await self._model.complete(request)

    async def close(self) -> None:
        await self._model.close()


def hold(runner: Runner, length: int) -> asyncio.Event:
    """Hold the replies of a runner's model; set what is returned to let them go."""
    runner.model = Held(runner.model, length)
    return runner.model.go_on


def install(runner: Runner, model: ScriptedModel) -> ScriptedModel:
    runner.model = Outbound(model, runner.store)
    return model
