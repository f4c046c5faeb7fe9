"""A reply in as many rounds as its tools need: ask, run what was asked for, ask again.

The reply's text is the text of its rounds, one after the other, with a blank line in
between where a round did not end or begin with one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, cast

from conversations.core.model_api import (
    ChatModel,
    Finished,
    Item,
    ModelEvent,
    ModelRequest,
    ReadPacer,
    TextDelta,
    Thought,
    ToolAsked,
    ToolUse,
    Usage,
)
from conversations.core.resuming import Joint
from conversations.core.tokens import PER_ITEM
from conversations.core.tools import RunTool, ToolResult, failed, new_call_id

log = logging.getLogger(__name__)

CANCELLED = ToolResult(
    "Cancelled: the reply was stopped before this tool had answered. "
    "It may or may not have done its work.",
    summary="Stopped",
    ok=False,
)
_NOTHING = "(The tool gave nothing back.)"
_GAP = 2  # line ends between the texts of two rounds


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a reply may make of its tools."""

    rounds: int = 8  # that may ask for tools; then one more, without tools
    call_s: float = 30.0
    result: int = 40_000  # characters of one result


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a call went, and what the model reads of it. ``seconds`` is how long it ran.

    One that was cancelled has a result as well, so a later prompt can hold the call.
    """

    status: Literal["done", "failed", "cancelled"]
    result: ToolResult
    seconds: float


class CallWatcher(Protocol):
    """Is told of every call, at once; every call that started ends once."""

    def started(self, call: ToolUse, offset: int) -> None:
        """It was asked for after ``offset`` code points of the reply's text."""
        ...

    def ended(self, call: ToolUse, end: CallEnd) -> None: ...


@dataclass(slots=True)
class _Round:
    """One request: what it said, and what it adds to the next prompt."""

    pieces: list[str] = field(default_factory=list)
    calls: tuple[ToolUse, ...] = ()
    thoughts: tuple[Thought, ...] = ()
    usage: Usage | None = None
    added: tuple[Item, ...] = ()
    _weight: int | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def spent(self, prompt: int, count: Callable[[str], int]) -> Usage:
        """Return its tokens; of a request that nothing came of, none."""
        if self.usage is not None:
            return self.usage
        if not (self.pieces or self.calls):
            return Usage()
        calls = sum(_call_tokens(call, count) for call in self.calls)
        return Usage(input=prompt, output=count(self.text) + calls)

    def weight(self, count: Callable[[str], int]) -> int:
        """Return the tokens that it adds to the next prompt."""
        if self._weight is None:
            self._weight = sum(_item_tokens(item, count) for item in self.added)
        return self._weight


class ToolLoop:
    """Answers one request, tools and all. Made for one reply, used once.

    ``said`` is what the reply has already when it goes on: the request then ends with
    the wish to go on, or with the results of its latest calls. ``again`` is awaited
    before every request but the first; what it raises ends the reply.
    """

    def __init__(
        self,
        model: ChatModel,
        request: ModelRequest,
        *,
        run: RunTool,
        watch: CallWatcher,
        said: str = "",
        limits: Limits = LIMITS,
        again: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._model, self._request, self._again = model, request, again
        self._run, self._watch, self._limits = run, watch, limits
        after_tools = bool(request.items) and request.items[-1].role == "tool"
        self._joint = Joint("" if after_tools else said)
        self._length = len(said)  # code points of the reply
        self._end = said[-_GAP:]  # of the text so far
        self._in_gap = after_tools and bool(said)
        self._ids = {call.call_id for item in request.items for call in item.calls}
        self._rounds: list[_Round] = []

    async def events(
        self, pacer: ReadPacer | None = None
    ) -> AsyncGenerator[TextDelta | Finished, None]:
        """Yield the reply's text as it arrives, then one ``Finished`` for all rounds.

        Closing it, or cancelling its reader, closes the request upstream and ends open
        calls as cancelled. Errors are those of ``ChatModel.stream``.
        """
        request = self._request
        while True:
            if len(self._rounds) >= self._limits.rounds:
                request = replace(request, tools=())
            if self._rounds and self._again is not None:
                await self._again()
            self._rounds.append(now := _Round())
            end = Finished()
            async with self._asking(request, pacer) as stream:
                async for event in stream:
                    if isinstance(event, TextDelta):
                        now.pieces.append(event.text)
                        if text := self._in_place(event.text):
                            yield event if text is event.text else TextDelta(text)
                    elif isinstance(event, ToolAsked):
                        now.calls = self._with_own_ids(event.calls)
                        now.thoughts = event.thoughts
                    else:
                        end, now.usage = event, event.usage
            if text := self.held():
                yield TextDelta(text)
            if end.reason != "tools" or not now.calls or not request.tools:
                reason = "complete" if end.reason == "tools" else end.reason
                yield Finished(self._usage(), reason)
                return
            asked = Item("assistant", now.text, now.calls, thoughts=now.thoughts)
            now.added = (asked, *await self._results(now.calls))
            request = replace(request, items=(*request.items, *now.added))
            self._end = now.text[-_GAP:] or self._end
            self._in_gap = self._length > 0

    def held(self) -> str:
        """Return text that arrived and was not yielded yet; it is the reply's.

        To be asked for when the stream broke off, after the events are closed.
        """
        rest = self._joint.rest()
        self._length += len(rest)
        return rest

    def spent(self, prompt_tokens: int, count: Callable[[str], int]) -> Usage:
        """Return the tokens of all rounds so far, one that broke off included.

        What the server did not say is estimated: ``prompt_tokens`` are those of the
        first prompt with its tools, ``count`` says how many a text has.
        """
        total, prompt = Usage(), prompt_tokens
        for past in self._rounds:
            total += past.spent(prompt, count)
            prompt += past.weight(count)
        return total

    def next_prompt(self, prompt_tokens: int, count: Callable[[str], int]) -> int:
        """Return about how many tokens the next prompt has; as ``spent``."""
        return prompt_tokens + sum(past.weight(count) for past in self._rounds)

    # --- text
    def _asking(
        self, request: ModelRequest, pacer: ReadPacer | None
    ) -> aclosing[AsyncGenerator[ModelEvent, None]]:
        stream = self._model.stream(request, pacer)
        return aclosing(cast(AsyncGenerator[ModelEvent, None], stream))

    def _in_place(self, text: str) -> str:
        """Return what of ``text`` the reply goes on with now."""
        if self._in_gap:
            self._in_gap = False
            text = "\n" * _missing(self._end, text) + text
        text = self._joint.take(text)
        self._length += len(text)
        return text

    def _usage(self) -> Usage | None:
        total = Usage()
        for past in self._rounds:
            if past.usage is None:
                return None
            total += past.usage
        return total

    # --- calls
    def _with_own_ids(self, calls: tuple[ToolUse, ...]) -> tuple[ToolUse, ...]:
        """Some servers count calls from 0 in every reply; in one prompt ids differ."""
        found = []
        for call in calls:
            if call.call_id in self._ids:
                call = replace(call, call_id=new_call_id())
            self._ids.add(call.call_id)
            found.append(call)
        return tuple(found)

    async def _results(self, calls: tuple[ToolUse, ...]) -> list[Item]:
        """Run the calls one after the other and return their results as items."""
        for call in calls:
            self._watch.started(call, self._length)
        items: list[Item] = []
        began: float | None = None
        try:
            for call in calls:
                began = time.perf_counter()
                result = await self._result(call)
                items.append(Item("tool", result.text, call_id=call.call_id))
                status: Literal["done", "failed"] = "done" if result.ok else "failed"
                self._watch.ended(call, CallEnd(status, result, _since(began)))
                began = None
        finally:
            for call in calls[len(items) :]:
                self._watch.ended(call, CallEnd("cancelled", CANCELLED, _since(began)))
                began = None
        return items

    async def _result(self, call: ToolUse) -> ToolResult:
        try:
            async with asyncio.timeout(self._limits.call_s):
                result = await self._run(call)
        except TimeoutError:
            result = failed(f"No answer within {self._limits.call_s:g} seconds.")
        except Exception:
            log.exception("the tool %s failed", call.name)
            result = failed("The tool had a problem of its own.")
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError  # a tool must not keep a person from stopping
        return replace(result, text=_readable(result.text, self._limits.result))


def _readable(text: str, limit: int) -> str:
    if len(text) > limit:
        left_out = len(text) - limit
        return f"{text[:limit]}\n[{left_out} more characters were left out]"
    return text or _NOTHING


def _missing(before: str, after: str) -> int:
    """How many line ends it takes to make a blank line between two texts."""
    at_end = len(before) - len(before.rstrip("\n"))
    at_start = len(after) - len(after.lstrip("\n"))
    return max(0, _GAP - at_end - at_start)


def _since(began: float | None) -> float:
    return 0.0 if began is None else time.perf_counter() - began


def _call_tokens(call: ToolUse, count: Callable[[str], int]) -> int:
    return PER_ITEM + count(call.name) + count(call.arguments)


def _item_tokens(item: Item, count: Callable[[str], int]) -> int:
    calls = sum(_call_tokens(call, count) for call in item.calls)
    return calls + (PER_ITEM + count(item.text) if item.text else 0)
