"""Rounds of a reply that uses tools, told with a scripted model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from conversations.core.errors import ModelBusy, OverBudget
from conversations.core.model_api import (
    Finished,
    Item,
    ModelRequest,
    TextDelta,
    Thought,
    ToolAsked,
    ToolSpec,
    ToolUse,
    Usage,
)
from conversations.core.prompts import RESUME_PROMPT
from conversations.core.resuming import going_on
from conversations.core.tokens import PER_ITEM
from conversations.core.tool_loop import CANCELLED, CallEnd, Limits, ToolLoop
from conversations.core.tools import (
    Toolbox,
    ToolProblem,
    ToolResult,
    call_tokens,
    new_call_id,
    read_arguments,
    tool_tokens,
)

USED = Usage(10, 2, 1)
REQUEST = ModelRequest("scripted", (Item("system", "Be brief."), Item("user", "Hello")))


class ScriptedModel:
    """Plays one script for each request; ``...`` waits for ever."""

    def __init__(self, *rounds: list[Any]) -> None:
        self.rounds = list(rounds)
        self.requests: list[ModelRequest] = []
        self.open = 0
        self.waiting = asyncio.Event()

    async def stream(self, request, pacer=None) -> AsyncIterator:
        self.requests.append(request)
        self.open += 1
        try:
            for step in self.rounds[len(self.requests) - 1]:
                if step is ...:
                    self.waiting.set()
                    await asyncio.Event().wait()
                if isinstance(step, Exception):
                    raise step
                yield TextDelta(step) if isinstance(step, str) else step
        finally:
            self.open -= 1


class Scribbler:
    """A tool that does what its one argument says."""

    spec = ToolSpec(
        "scribble",
        "Writes something down.",
        {
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "times": {"type": ["integer", "null"]},
                "share": {"type": "number"},
                "ink": {"enum": ["blue", "red"]},
                "any": {},
            },
            "required": ["text"],
            "additionalProperties": False,
        },
    )

    def __init__(self) -> None:
        self.hanging = asyncio.Event()
        self.written: list[str] = []

    async def run(self, arguments, call) -> ToolResult:
        text = arguments["text"]
        if text == "hang":
            self.hanging.set()
            await asyncio.Event().wait()
        if text == "fail":
            raise RuntimeError("secret")
        if text == "refuse":
            raise ToolProblem("There is no room.")
        if text == "dawdle":
            self.hanging.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return ToolResult("I will not be stopped.")
        self.written.append(text)
        return ToolResult("" if text == "nothing" else f"wrote {text}")


class Watcher:
    def __init__(self) -> None:
        self.seen: list[tuple[str, ...] | tuple[str, int]] = []
        self.ends: list[CallEnd] = []

    def started(self, call, offset) -> None:
        self.seen.append((call.call_id, offset))

    def ended(self, call, end) -> None:
        self.seen.append((call.call_id, end.status, end.result.text))
        self.ends.append(end)


class Scene:
    """A loop with everything around it."""

    def __init__(self, *rounds, request=REQUEST, said="", again=None, **limits) -> None:
        self.model, self.tool = ScriptedModel(*rounds), Scribbler()
        self.watcher, box = Watcher(), Toolbox([self.tool])
        self.loop = ToolLoop(
            self.model,
            replace(request, tools=box.specs),
            run=box.run,
            watch=self.watcher,
            said=said,
            limits=Limits(**limits),
            again=again,
        )
        self.pieces: list[str] = []
        self.end: Finished | None = None

    async def play(self) -> Scene:
        async with aclosing(self.loop.events()) as events:
            async for event in events:
                assert self.end is None
                if isinstance(event, Finished):
                    self.end = event
                else:
                    self.pieces.append(event.text)
        return self

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def answered(self) -> list[str]:
        """What the model was given for its calls, in its last prompt."""
        return [i.text for i in self.model.requests[-1].items if i.call_id]


def scribble(text: str, call_id: str = "a") -> ToolUse:
    return ToolUse(call_id, "scribble", f'{{"text": "{text}"}}')


def asks(*calls: ToolUse, usage: Usage | None = USED) -> list[Any]:
    return [ToolAsked(calls), Finished(usage, "tools")]


DONE = Finished(USED)


async def test_a_reply_without_tools_is_one_request():
    scene = await Scene(["Hello", " there", DONE]).play()
    assert (scene.pieces, scene.end) == (["Hello", " there"], DONE)
    assert scene.watcher.seen == []
    assert scene.model.open == 0


async def test_text_without_tools_is_passed_on_as_it_is():
    delta = TextDelta("Hello")
    loop = Scene([delta, DONE]).loop
    assert [event async for event in loop.events()][0] is delta


async def test_calls_are_run_and_their_results_asked_about():
    calls = scribble("one", "a"), scribble("two", "b")
    scene = await Scene(["Let me see.", *asks(*calls)], ["Done.", DONE]).play()
    assert scene.text == "Let me see.\n\nDone."
    assert scene.watcher.seen == [
        ("a", 11),
        ("b", 11),
        ("a", "done", "wrote one"),
        ("b", "done", "wrote two"),
    ]
    assert scene.model.requests[1].items == (
        *REQUEST.items,
        Item("assistant", "Let me see.", calls),
        Item("tool", "wrote one", call_id="a"),
        Item("tool", "wrote two", call_id="b"),
    )
    assert scene.end == Finished(USED + USED)
    assert scene.model.open == 0


async def test_what_was_thought_goes_back_with_the_results():
    thoughts, call = (Thought("rs_0", "sealed", -1),), scribble("one")
    asked = [ToolAsked((call,), thoughts), Finished(USED, "tools")]
    scene = await Scene(asked, ["Done.", DONE]).play()
    [back] = [item for item in scene.model.requests[1].items if item.calls]
    assert back == Item("assistant", "", (call,), thoughts=thoughts)


async def test_another_request_may_be_refused_and_what_there_is_is_kept():
    asked = []

    async def again() -> None:
        asked.append(len(scene.model.requests))
        if len(asked) == 2:
            raise OverBudget

    rounds = [["1", *asks(scribble("x", f"c{n}"))] for n in range(3)]
    scene = Scene(*rounds, again=again)
    with pytest.raises(OverBudget):
        await scene.play()
    assert (asked, scene.text) == ([1, 2], "1\n\n1")
    assert scene.loop.spent(10, len) == USED + USED


async def test_the_next_prompt_has_what_was_added():
    scene = await Scene(asks(scribble("x")), [DONE]).play()
    call = 8 + len('{"text": "x"}') + PER_ITEM
    assert scene.loop.next_prompt(10, len) == 10 + call + len("wrote x") + PER_ITEM


async def test_every_round_sees_what_came_before():
    rounds = [["1", *asks(scribble("x", f"c{n}"))] for n in range(3)]
    scene = await Scene(*rounds, ["4", DONE]).play()
    assert [len(request.items) for request in scene.model.requests] == [2, 4, 6, 8]
    assert [s for s in scene.watcher.seen if len(s) == 2] == [
        ("c0", 1), ("c1", 4), ("c2", 7)
    ]  # fmt: skip
    assert scene.text == "1\n\n1\n\n1\n\n4"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("A", "B", "A\n\nB"),
        ("A\n", "B", "A\n\nB"),
        ("A", "\nB", "A\n\nB"),
        ("A\n\n", "B", "A\n\nB"),
        ("A", "\n\nB", "A\n\nB"),
        ("A\n", "\n\nB", "A\n\n\nB"),
        ("", "B", "B"),
        ("A", "", "A"),
    ],
)
async def test_a_blank_line_parts_the_texts_of_two_rounds(before, after, joined):
    first, second = [text for text in [before] if text], [t for t in [after] if t]
    scene = await Scene([*first, *asks(scribble("x"))], [*second, DONE]).play()
    assert scene.text == joined


async def test_a_round_of_no_words_leaves_one_gap():
    silent = asks(scribble("x", "b"))
    scene = await Scene(["A", *asks(scribble("x"))], silent, ["B", DONE]).play()
    assert scene.text == "A\n\nB"
    assert scene.watcher.seen[2] == ("b", 1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (scribble("refuse"), "Error: There is no room."),
        (scribble("fail"), "Error: The tool had a problem of its own."),
        (
            ToolUse("a", "rm", "{}"),
            'Error: There is no tool "rm". The tools are: scribble.',
        ),
        (ToolUse("a", "scribble", "{"), "Error: The arguments are not valid JSON."),
        (ToolUse("a", "scribble", "[]"), "Error: The arguments must be a JSON object."),
        (ToolUse("a", "scribble", ""), 'Error: The argument "text" is missing.'),
        (
            ToolUse("a", "scribble", '{"text": 3}'),
            'Error: The argument "text" must be of type string.',
        ),
        (
            ToolUse("a", "scribble", '{"text": "x", "times": true}'),
            'Error: The argument "times" must be of type integer or null.',
        ),
        (
            ToolUse("a", "scribble", '{"text": "x", "ink": "green"}'),
            'Error: The argument "ink" must be one of: blue, red.',
        ),
        (
            ToolUse("a", "scribble", '{"text": "x", "size": 3}'),
            'Error: There is no argument "size".',
        ),
    ],
)
async def test_what_goes_wrong_is_a_result(call, told, caplog):
    with caplog.at_level(logging.CRITICAL):
        scene = await Scene(asks(call), ["Oh.", DONE]).play()
    assert scene.answered == [told]
    assert scene.watcher.seen == [("a", 0), ("a", "failed", told)]
    assert (scene.text, scene.end.reason) == ("Oh.", "complete")


@pytest.mark.parametrize(
    "arguments",
    [
        '{"text": "x", "times": null, "share": 1, "ink": "red", "any": []}',
        '{"text": "x", "times": 3, "share": 0.5}',
        '"{\\"text\\": \\"x\\"}"',
    ],
)
async def test_arguments_that_fit_are_taken(arguments):
    scene = await Scene(asks(ToolUse("a", "scribble", arguments)), [DONE]).play()
    assert scene.tool.written == ["x"]


async def test_a_tool_that_hangs_is_given_up(caplog):
    calls = scribble("hang", "a"), scribble("x", "b")
    scene = await Scene(asks(*calls), ["Well.", DONE], call_s=0.05).play()
    assert scene.answered == ["Error: No answer within 0.05 seconds.", "wrote x"]
    assert [end.status for end in scene.watcher.ends] == ["failed", "done"]
    assert 0.04 < scene.watcher.ends[0].seconds < 1
    assert scene.text == "Well."


async def test_a_runner_that_breaks_its_word_ends_nothing(caplog):
    async def run(call: ToolUse) -> ToolResult:
        raise RuntimeError("secret")

    model = ScriptedModel(asks(scribble("x")), ["Oh.", DONE])
    request = replace(REQUEST, tools=(Scribbler.spec,))
    loop = ToolLoop(model, request, run=run, watch=Watcher())
    with caplog.at_level(logging.CRITICAL):
        *_, end = [event async for event in loop.events()]
    assert end.reason == "complete"
    assert "secret" not in model.requests[1].items[-1].text


@pytest.mark.parametrize("tool", ["hang", "dawdle"])
async def test_stopping_inside_a_tool_cancels_it_and_those_behind(tool):
    calls = scribble("x", "a"), scribble(tool, "b"), scribble("x", "c")
    scene = Scene(["Let me see.", *asks(*calls)], ["never", DONE])
    running = asyncio.create_task(scene.play())
    await scene.tool.hanging.wait()
    assert scene.model.open == 0  # nothing upstream is open while a tool runs
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert scene.watcher.seen[3:] == [
        ("a", "done", "wrote x"),
        ("b", "cancelled", CANCELLED.text),
        ("c", "cancelled", CANCELLED.text),
    ]
    assert scene.watcher.ends[2].seconds == 0
    assert len(scene.model.requests) == 1
    assert scene.tool.written == ["x"]
    assert (scene.text, scene.loop.held()) == ("Let me see.", "")
    assert scene.loop.spent(0, len) == USED


async def test_stopping_inside_a_round_closes_its_request():
    scene = Scene(asks(scribble("x")), ["Wel", ...])
    running = asyncio.create_task(scene.play())
    await scene.model.waiting.wait()
    assert scene.model.open == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert scene.model.open == 0
    assert scene.text == "Wel"
    assert [end.status for end in scene.watcher.ends] == ["done"]


async def test_closing_the_events_closes_the_request():
    scene = Scene(["Wel", "come", DONE])
    events = scene.loop.events()
    await anext(events)
    assert scene.model.open == 1
    await events.aclose()
    assert scene.model.open == 0


async def test_an_error_of_the_model_comes_through():
    scene = Scene(["A", *asks(scribble("x"))], ["B", ModelBusy()])
    with pytest.raises(ModelBusy):
        await scene.play()
    assert scene.text == "A\n\nB"
    assert scene.model.open == 0


async def test_after_the_last_round_there_are_no_tools():
    rounds = [asks(scribble("x", f"c{n}")) for n in range(3)]
    scene = await Scene(*rounds, ["That is it.", DONE], rounds=3).play()
    assert [bool(r.tools) for r in scene.model.requests] == [True] * 3 + [False]
    assert (scene.text, scene.end) == (
        "That is it.",
        Finished(USED + USED + USED + USED),
    )


async def test_eight_rounds_are_the_most():
    asked = asks(scribble("x"))
    scene = await Scene(*[asked] * 8, ["Enough.", *asked]).play()
    assert len(scene.model.requests) == 9
    assert len(scene.tool.written) == 8
    assert (scene.text, scene.end.reason) == ("Enough.", "complete")


@pytest.mark.parametrize("reason", ["length", "filtered"])
async def test_another_end_is_passed_on(reason):
    scene = await Scene(asks(scribble("x")), ["Hal", Finished(USED, reason)]).play()
    assert (scene.text, scene.end) == ("Hal", Finished(USED + USED, reason))


async def test_ids_that_come_again_are_made_different():
    asked = asks(scribble("x", "call_0"))
    scene = await Scene(asked, asked, ["Done.", DONE]).play()
    items = scene.model.requests[-1].items
    ids = [call.call_id for item in items for call in item.calls]
    assert ids[0] == "call_0"
    assert len(set(ids)) == 2
    assert [item.call_id for item in items if item.call_id] == ids


async def test_results_are_cut_and_never_empty():
    calls = scribble("nothing", "a"), scribble("x" * 100, "b")
    scene = await Scene(asks(*calls), [DONE], result=20).play()
    assert scene.answered == [
        "(The tool gave nothing back.)",
        "wrote " + "x" * 14 + "\n[86 more characters were left out]",
    ]
    assert [end.result.text for end in scene.watcher.ends] == scene.answered


# --- going on with a reply that broke off
async def test_a_reply_that_goes_on_repeats_nothing():
    said = "The starter needs flour and water."
    request = replace(REQUEST, items=going_on(REQUEST.items, [Item("assistant", said)]))
    rounds = [" flour and water.", " Then", *asks(scribble("x"))], ["Rest.", DONE]
    scene = await Scene(*rounds, request=request, said=said).play()
    assert said + scene.text == f"{said} Then\n\nRest."
    assert scene.watcher.seen[0] == ("a", len(said) + 5)


async def test_text_held_back_comes_before_the_call():
    said = "The starter needs flour and water."
    request = replace(REQUEST, items=going_on(REQUEST.items, [Item("assistant", said)]))
    rounds = [" flour", *asks(scribble("x"))], ["Rest.", DONE]
    scene = await Scene(*rounds, request=request, said=said).play()
    assert scene.pieces[0] == " flour"
    assert scene.watcher.seen[0] == ("a", len(said) + 6)


async def test_text_held_back_when_it_is_stopped_is_not_lost():
    said = "The starter needs flour and water."
    request = replace(REQUEST, items=going_on(REQUEST.items, [Item("assistant", said)]))
    scene = Scene([" flour", ...], request=request, said=said)
    running = asyncio.create_task(scene.play())
    await scene.model.waiting.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (scene.text, scene.loop.held(), scene.loop.held()) == ("", " flour", "")


async def test_a_reply_goes_on_after_its_tools():
    call = scribble("x")
    before = Item("assistant", "Let me see.", (call,))
    items = (*REQUEST.items, before, Item("tool", "wrote x", call_id="a"))
    request = replace(REQUEST, items=items)
    scene = await Scene(["Done.", DONE], request=request, said="Let me see.").play()
    assert scene.text == "\n\nDone."
    assert request.items[-1].text != RESUME_PROMPT


# --- tokens
async def test_usage_the_server_did_not_say_is_estimated():
    call = scribble("x")
    scene = await Scene(
        ["Let me see.", *asks(call, usage=None)], ["Done.", Finished(None)]
    ).play()
    assert scene.end.usage is None
    asked = PER_ITEM + len(call.name) + len(call.arguments)
    second = 100 + PER_ITEM + len("Let me see.") + asked + PER_ITEM + len("wrote x")
    assert scene.loop.spent(100, len) == Usage(
        input=100 + second, output=len("Let me see.") + asked + len("Done.")
    )


async def test_what_the_server_said_counts_more_than_an_estimate():
    scene = await Scene(asks(scribble("x")), ["Done.", Finished(None)]).play()
    assert scene.end.usage is None
    spent = scene.loop.spent(100, len)
    assert (spent.output, spent.cached) == (USED.output + len("Done."), USED.cached)


async def test_a_request_that_nothing_came_of_costs_nothing():
    scene = Scene([ModelBusy()])
    with pytest.raises(ModelBusy):
        await scene.play()
    assert scene.loop.spent(100, len) == Usage()


def test_tools_take_room_in_a_prompt():
    spec = ToolSpec("now", "Tells the time, ü.", {"type": "object"})
    seen: list[str] = []
    assert tool_tokens([spec, spec], lambda text: seen.append(text) or 7) == (
        2 * (PER_ITEM + 7)
    )
    assert seen[0] == (
        '{"name":"now","description":"Tells the time, ü.",'
        '"parameters":{"type":"object"}}'
    )
    assert tool_tokens([], len) == 0
    assert call_tokens(ToolUse("id", "now", "{}"), "noon", len) == 2 * PER_ITEM + 9


def test_made_ids_differ():
    assert len({new_call_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("text", ["", "{}", '"{}"'])
def test_no_arguments_are_an_empty_object(text):
    assert read_arguments(text) == {}
