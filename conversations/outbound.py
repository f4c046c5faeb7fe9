"""The only way to a model: what is asked goes out without personal data, by the site's
policy, and what is answered comes back in its person's words.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol, cast

from conversations.core.errors import TurnError
from conversations.core.model_api import (
    ChatModel,
    Completion,
    ModelEvent,
    ModelRequest,
    ReadPacer,
    TextDelta,
    ToolAsked,
)
from conversations.core.redaction import Masker, Restorer, in_strings, mask, restore
from conversations.providers import ModelServer, open_model
from conversations.services.redacting import MASK, OFF, Outgoing
from conversations.store import Store


class _Reader(Protocol):
    """Reads a reply as it streams."""

    def feed(self, delta: str) -> str: ...
    def end(self) -> str: ...


class Outbound:
    """``ChatModel`` around the one that talks to a server."""

    def __init__(self, model: ChatModel, store: Store) -> None:
        self._model, self._store = model, store

    @classmethod
    def open(cls, api: str, server: ModelServer, store: Store) -> Outbound:
        return cls(open_model(api, server), store)

    async def stream(
        self, request: ModelRequest, pacer: ReadPacer | None = None
    ) -> AsyncIterator[ModelEvent]:
        """See ``ChatModel.stream``."""
        out = await self._store.outgoing(request)
        stream = self._model.stream(out.request, pacer)
        async with aclosing(cast(AsyncGenerator[ModelEvent, None], stream)) as events:
            read = events if out.form == OFF else _read(events, out)
            async for event in read:
                yield event

    async def complete(self, request: ModelRequest) -> Completion:
        """See ``ChatModel.complete``."""
        out = await self._store.outgoing(request)
        answer = await self._model.complete(out.request)
        return replace(answer, text=_answered(out, answer.text))

    async def close(self) -> None:
        await self._model.close()


async def _read(
    events: AsyncGenerator[ModelEvent, None], out: Outgoing
) -> AsyncGenerator[ModelEvent, None]:
    reader: _Reader = Masker() if out.form == MASK else Restorer(out.originals)
    try:
        async for event in events:
            if isinstance(event, TextDelta):
                if text := reader.feed(event.text):
                    yield TextDelta(text)
                continue
            if rest := reader.end():
                yield TextDelta(rest)
            yield _asked(event, out) if isinstance(event, ToolAsked) else event
    except TurnError:  # what came before it is shown
        if rest := reader.end():
            yield TextDelta(rest)
        raise


def _asked(event: ToolAsked, out: Outgoing) -> ToolAsked:
    calls = tuple(
        replace(
            call,
            arguments=in_strings(call.arguments, lambda text: _answered(out, text)),
        )
        for call in event.calls
    )
    return replace(event, calls=calls)


def _answered(out: Outgoing, text: str) -> str:
    if out.form == OFF:
        return text
    return mask(text).text if out.form == MASK else restore(text, out.originals)
