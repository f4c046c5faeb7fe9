"""Ways to ask a model in a test."""

from __future__ import annotations

from conversations.core.model_api import (
    ChatModel,
    Finished,
    Item,
    ModelRequest,
    ReadPacer,
    TextDelta,
    ToolAsked,
    ToolSpec,
    ToolUse,
)

WEATHER = ToolSpec(
    "weather",
    "Says how the weather is in a city.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)


def ask(
    model: str,
    *said: str | Item,
    limit: int | None = None,
    tools: tuple[ToolSpec, ...] = (),
) -> ModelRequest:
    """A request whose plain strings are what the user says."""
    items = tuple(i if isinstance(i, Item) else Item("user", i) for i in said)
    return ModelRequest(model, items, max_output_tokens=limit, tools=tools)


async def read(
    model: ChatModel, request: ModelRequest, pacer: ReadPacer | None = None
) -> tuple[str, Finished]:
    """The whole text and how it ended; checks the order of events on the way."""
    events = [event async for event in model.stream(request, pacer)]
    deltas, last = events[:-1], events[-1]
    assert all(isinstance(delta, TextDelta) and delta.text for delta in deltas)
    assert isinstance(last, Finished)
    return "".join(delta.text for delta in deltas), last


async def read_calls(
    model: ChatModel, request: ModelRequest
) -> tuple[str, tuple[ToolUse, ...], Finished]:
    """The text, the calls after it and how it ended, checked like ``read``."""
    *deltas, asked, last = [event async for event in model.stream(request)]
    assert all(isinstance(delta, TextDelta) and delta.text for delta in deltas)
    assert isinstance(asked, ToolAsked)
    assert isinstance(last, Finished)
    assert last.reason == "tools"
    return "".join(delta.text for delta in deltas), asked.calls, last


async def failure(
    model: ChatModel, request: ModelRequest
) -> tuple[str, Exception | None]:
    """The text that came before an error, and the error."""
    text = ""
    try:
        async for event in model.stream(request):
            if isinstance(event, TextDelta):
                text += event.text
    except Exception as error:
        return text, error
    return text, None
