"""Tools over real HTTP: both APIs, against the demo model, through the real client."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conversations.core.model_api import Item, ToolSpec, ToolUse
from conversations.core.prompts import RESUME_PROMPT
from conversations.core.resuming import going_on
from conversations.core.tool_loop import ToolLoop
from conversations.core.tools import Toolbox, ToolResult
from tests.providers.reading import WEATHER, ask, read, read_calls

ASKED = 'Use the tool weather {"city": "Ghent"}'
TIME = ToolSpec("time", "Says what time it is.", {"type": "object", "properties": {}})
CALL = ToolUse("call_1", "weather", '{"city":"Ghent"}')
ANSWERED = (
    Item("user", ASKED),
    Item("assistant", "", (CALL,)),
    Item("tool", "18 °C", call_id="call_1"),
)


async def test_a_tool_is_asked_for(model):
    text, calls, end = await read_calls(
        model, ask("demo-fast", ASKED, tools=(WEATHER,))
    )
    assert text == ""
    assert [(c.name, c.arguments) for c in calls] == [("weather", '{"city":"Ghent"}')]
    assert calls[0].call_id.startswith("call_")
    assert end.usage.output == (len('weather {"city":"Ghent"}') + 3) // 4


async def test_several_tools_are_asked_for_in_one_reply(model):
    asked = f"{ASKED} and use the tool time and use the tool weather {{}}"
    _, calls, _ = await read_calls(
        model, ask("demo-fast", asked, tools=(WEATHER, TIME))
    )
    assert [(c.name, c.arguments) for c in calls] == [
        ("weather", '{"city":"Ghent"}'),
        ("time", "{}"),
        ("weather", "{}"),
    ]
    assert len({call.call_id for call in calls}) == 3


async def test_a_result_is_answered(model):
    text, end = await read(model, ask("demo-fast", *ANSWERED, tools=(WEATHER,)))
    assert (text, end.reason) == ("The tool answered:\n\n18 °C", "complete")


async def test_a_reply_that_broke_off_after_a_tool_goes_on(model):
    half = "The tool answered:\n\n18"
    request = ask(
        "demo-fast", *going_on(ANSWERED, [Item("assistant", half)]), tools=(WEATHER,)
    )
    assert request.items[-1] == Item("user", RESUME_PROMPT)
    text, end = await read(model, request)
    assert (half + text, end.reason) == ("The tool answered:\n\n18 °C", "complete")


async def test_a_later_question_finds_what_a_tool_said(model):
    told = Item("tool", "The gate's code is 4711.", call_id="call_1")
    said = (*ANSWERED[:2], told, Item("assistant", "There you are."))
    request = ask("demo-fast", *said, "What is the code of the gate?", tools=(WEATHER,))
    text, _ = await read(model, request)
    assert "4711" in text


async def test_tools_count_into_the_usage(model):
    bare = ask("demo-fast", "Hello")
    _, without = await read(model, bare)
    _, with_one = await read(model, replace(bare, tools=(WEATHER,)))
    _, with_two = await read(model, replace(bare, tools=(WEATHER, TIME)))
    sizes = [end.usage.input for end in (without, with_one, with_two)]
    assert sizes[0] + 20 < sizes[1] < sizes[2]


async def test_calls_count_into_the_usage(model):
    _, short = await read(model, ask("demo-fast", *ANSWERED))
    longer = replace(CALL, arguments=json.dumps({"city": "Ghent " * 50}))
    asked, _, result = ANSWERED
    said = (asked, Item("assistant", "", (longer,)), result)
    _, long = await read(model, ask("demo-fast", *said))
    assert long.usage.input > short.usage.input + 50


@pytest.mark.parametrize("tools", [(), (WEATHER,)])
async def test_calls_and_results_are_echoed_as_they_came(model, tools):
    text, _ = await read(model, ask("demo-echo-context", *ANSWERED, tools=tools))
    assert json.loads(text) == model.wire_items(ANSWERED)


async def test_a_whole_answer_is_read_though_it_asks_for_tools(model):
    answer = await model.complete(ask("demo-fast", ASKED, tools=(WEATHER,)))
    assert answer.text == ""


class Weather:
    spec = WEATHER

    def __init__(self) -> None:
        self.asked: list[dict] = []

    async def run(self, arguments, call) -> ToolResult:
        self.asked.append(arguments)
        return ToolResult(f"18 °C in {arguments['city']}", summary="18 °C")


class Ends:
    def __init__(self) -> None:
        self.seen: list[tuple] = []

    def started(self, call, offset) -> None:
        self.seen.append((call.name, offset))

    def ended(self, call, end) -> None:
        self.seen.append((call.name, end.status, end.result.text))


@pytest.mark.parametrize("name", ["demo-fast", "demo-slow-2000"])
async def test_a_whole_loop_runs_over_the_wire(model, demo, name):
    weather, watch = Weather(), Ends()
    asked = f"{ASKED} and use the tool weather {{}}"
    box = Toolbox([weather])
    loop = ToolLoop(model, ask(name, asked, tools=box.specs), run=box.run, watch=watch)
    *deltas, end = [event async for event in loop.events()]
    missing = 'Error: The argument "city" is missing.'
    assert "".join(delta.text for delta in deltas) == (
        f"The tool answered:\n\n18 °C in Ghent\n\n{missing}"
    )
    assert (end.reason, weather.asked) == ("complete", [{"city": "Ghent"}])
    assert watch.seen == [
        ("weather", 0),
        ("weather", 0),
        ("weather", "done", "18 °C in Ghent"),
        ("weather", "failed", missing),
    ]
    assert end.usage.input > 100
    assert (demo.stats.requests, demo.stats.aborted) == (2, 0)
