"""The many ways in which servers say that a tool is to be called."""

from __future__ import annotations

import pytest

from conversations.core import errors
from conversations.core.model_api import Item, Thought, ToolUse, Usage
from conversations.providers import ModelServer
from conversations.providers.calls import MAX_ARGUMENTS, MAX_CALLS
from conversations.providers.responses import ResponsesModel
from tests.providers import wire_samples as wire
from tests.providers.reading import WEATHER, ask, failure, read, read_calls

REQUEST = ask("any", "Hello", tools=(WEATHER,))
CITY = '{"city": "Ghent"}'


def chat(*pieces, reason="tool_calls"):
    """A Chat Completions reply of these deltas of calls."""
    end = {"choices": [{"delta": {}, "finish_reason": reason}]}
    return wire.sse(*pieces, end, "[DONE]")


def whole_call(name="weather", arguments=CITY, **fields):
    return {"function": {"name": name, "arguments": arguments}, **fields}


async def said(open_at, scripted, body: bytes) -> list[tuple[str, str]]:
    scripted.answers(body)
    _, calls, _ = await read_calls(open_at(scripted.base_url), REQUEST)
    assert len({call.call_id for call in calls}) == len(calls)
    assert all(call.call_id for call in calls)
    return [(call.name, call.arguments) for call in calls]


async def test_calls_come_in_pieces_after_text(open_at, scripted, api):
    body = wire.sse(
        wire.text(api, "Let me "),
        wire.text(api, "look."),
        *wire.call(api, 1, "weather", CITY, "call_a"),
        *wire.call(api, 2, "time", "{}", "call_b"),
        *wire.end_with_calls(api, wire.usage(api, 50, 9, 40)),
    )
    scripted.answers([body[i : i + 11] for i in range(0, len(body), 11)])
    text, calls, end = await read_calls(open_at(scripted.base_url), REQUEST)
    assert text == "Let me look."
    assert calls == (
        ToolUse("call_a", "weather", CITY),
        ToolUse("call_b", "time", "{}"),
    )
    assert end.usage == Usage(50, 9, 40)


def thought(id: str, sealed: str | None) -> dict:
    item = {"id": id, "type": "reasoning", "summary": [], "encrypted_content": sealed}
    return {"type": "response.output_item.done", "item": item}


async def test_sealed_thoughts_come_with_the_calls_they_led_to(scripted):
    scripted.answers(
        wire.sse(
            thought("rs_0", "first"),
            thought("rs_lost", None),
            wire.text("responses", "Let me look."),
            *wire.call("responses", 2, "weather", CITY, "call_a"),
            thought("rs_1", "second"),
            *wire.call("responses", 4, "time", "{}", "call_b"),
            thought("rs_2", "of no call"),
            *wire.end_with_calls("responses"),
        )
    )
    model = ResponsesModel(ModelServer(scripted.base_url, "k", max_retries=0))
    *_, asked, _ = [event async for event in model.stream(REQUEST)]
    assert asked.thoughts[:2] == (
        Thought("rs_0", "first", -1),
        Thought("rs_1", "second", 1),
    )
    back = Item("assistant", "Let me look.", asked.calls, thoughts=asked.thoughts)
    sent = model.wire_items((back, Item("tool", "18 °C", call_id="call_a")))
    assert [item.get("encrypted_content", item.get("name")) for item in sent] == [
        "first",
        None,
        "weather",
        "second",
        "time",
        None,
    ]
    assert sent[0] == {
        "type": "reasoning",
        "id": "rs_0",
        "summary": [],
        "encrypted_content": "first",
    }
    await model.close()


async def test_thoughts_of_a_reply_that_comes_in_one_piece_come_too(scripted):
    call = {"type": "function_call", "name": "time", "call_id": "a", "arguments": "{}"}
    output = [thought("rs_0", "first")["item"], call]
    end = {"status": "completed", "output": output}
    scripted.answers(wire.sse({"type": "response.completed", "response": end}))
    model = ResponsesModel(ModelServer(scripted.base_url, "k", max_retries=0))
    asked, _ = [event async for event in model.stream(REQUEST)]
    assert asked.thoughts == (Thought("rs_0", "first", -1),)
    await model.close()


async def test_a_call_is_nothing_to_a_request_that_offers_none(open_at, scripted, api):
    call = wire.call(api, 0, "weather", CITY, "call_a")
    scripted.answers(wire.sse(wire.text(api, "Hi"), *call, *wire.end_with_calls(api)))
    text, end = await read(open_at(scripted.base_url), ask("any", "Hello"))
    assert (text, end.reason) == ("Hi", "complete")


async def test_a_reply_cut_in_the_middle_of_a_call_asks_for_nothing(
    open_at, scripted, api
):
    call = wire.call(api, 0, "weather", CITY, "call_a")[:2]
    scripted.answers(wire.sse(*call, *wire.end(api, "length")))
    text, end = await read(open_at(scripted.base_url), REQUEST)
    assert (text, end.reason) == ("", "length")


async def test_a_stream_that_ends_after_a_call_is_cut(open_at, scripted, api):
    scripted.answers(wire.sse(*wire.call(api, 0, "weather", CITY, "call_a")))
    _, error = await failure(open_at(scripted.base_url), REQUEST)
    assert isinstance(error, errors.ReplyCut)


@pytest.mark.parametrize("arguments", ["", "{", "[1]", "nonsense", '"{}"', "{} {}"])
async def test_odd_arguments_are_passed_on(open_at, scripted, api, arguments):
    call = wire.call(api, 0, "weather", arguments, "call_a")
    body = wire.sse(*call, *wire.end_with_calls(api))
    assert await said(open_at, scripted, body) == [("weather", arguments or "{}")]


@pytest.mark.parametrize("call_id", ["", "x" * 121])
async def test_a_missing_or_endless_id_is_made_up(open_at, scripted, api, call_id):
    calls = [wire.call(api, n, "weather", CITY, call_id) for n in (0, 1)]
    body = wire.sse(*calls[0], *calls[1], *wire.end_with_calls(api))
    assert await said(open_at, scripted, body) == [("weather", CITY)] * 2
    scripted.answers(body)
    _, (made, _), _ = await read_calls(open_at(scripted.base_url), REQUEST)
    assert len(made.call_id) == 9
    assert made.call_id.isalnum()


async def test_calls_that_share_an_id_get_their_own(open_at, scripted, api):
    calls = [wire.call(api, n, "weather", CITY, "call_0") for n in (0, 1)]
    body = wire.sse(*calls[0], *calls[1], *wire.end_with_calls(api))
    assert await said(open_at, scripted, body) == [("weather", CITY)] * 2


@pytest.mark.parametrize(
    ("name", "read_as"), [("we ather\n", "we_ather"), ("wéather", "w_ather")]
)
async def test_a_name_nobody_would_take_back_is_tidied(
    open_at, scripted, api, name, read_as
):
    body = wire.sse(*wire.call(api, 0, name, CITY, "call_a"), *wire.end_with_calls(api))
    assert await said(open_at, scripted, body) == [(read_as, CITY)]


async def test_a_call_without_a_name_is_skipped(open_at, scripted, api):
    call = wire.call(api, 0, "", CITY, "call_a")
    scripted.answers(wire.sse(wire.text(api, "Hi"), *call, *wire.end_with_calls(api)))
    text, end = await read(open_at(scripted.base_url), REQUEST)
    assert (text, end.reason) == ("Hi", "complete")


async def test_endless_arguments_are_refused(open_at, scripted, api):
    call = wire.call(api, 0, "weather", "x" * (MAX_ARGUMENTS + 1), "call_a")
    scripted.answers(wire.sse(wire.text(api, "Hi"), *call, *wire.end_with_calls(api)))
    text, error = await failure(open_at(scripted.base_url), REQUEST)
    assert (text, type(error)) == ("Hi", errors.ReplyCut)
    assert "more text than fits" in str(error)


async def test_the_longest_arguments_pass(open_at, scripted, api):
    longest = '{"city":"' + "x" * (MAX_ARGUMENTS - 11) + '"}'
    body = wire.sse(
        *wire.call(api, 0, "weather", longest, "call_a"), *wire.end_with_calls(api)
    )
    assert await said(open_at, scripted, body) == [("weather", longest)]


@pytest.mark.parametrize("more", [0, 1])
async def test_there_is_a_largest_number_of_calls(open_at, scripted, api, more):
    calls = [
        event
        for n in range(MAX_CALLS + more)
        for event in wire.call(api, n, "weather", CITY, f"call_{n}")
    ]
    scripted.answers(wire.sse(*calls, *wire.end_with_calls(api)))
    text, error = await failure(open_at(scripted.base_url), REQUEST)
    assert text == ""
    assert (error is None) == (not more)
    if more:
        assert isinstance(error, errors.ReplyCut)
        assert "too many tools" in str(error)


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": [{"delta": {"tool_calls": 3}}]},
        {"choices": [{"delta": {"tool_calls": [None, 3, {}]}}]},
        {"choices": [{"delta": {"tool_calls": [{"function": 3, "index": []}]}}]},
        {"choices": [{"delta": {"tool_calls": [whole_call(name=3, index={})]}}]},
        {"choices": [{"delta": {"tool_calls": [{"function": {"arguments": "x"}}]}}]},
        {"type": "response.output_item.added"},
        {"type": "response.output_item.added", "item": {"type": "reasoning"}},
        {"type": "response.output_item.done", "output_index": [], "item": None},
        {"type": "response.function_call_arguments.delta", "delta": "x"},
        {"type": "response.function_call_arguments.done", "item_id": {}},
        {
            "type": "response.output_item.added",
            "output_index": {},
            "item": {"type": "function_call", "id": [], "name": 3},
        },
    ],
)
async def test_what_is_no_call_is_skipped(open_at, scripted, api, odd):
    scripted.answers(wire.sse(odd, wire.text(api, "Hi"), *wire.end(api)))
    text, end = await read(open_at(scripted.base_url), REQUEST)
    assert (text, end.reason) == ("Hi", "complete")


# Chat Completions: what imitators make of it.
TWICE = [("weather", CITY), ("weather", CITY)]
PLAIN = {"id": "a", "type": "function"}
CHAT_QUIRKS = {
    "vllm: name, then arguments in pieces, null in between": (
        chat(
            wire.tool_delta({**PLAIN, "function": {"name": "weather"}}, 0),
            wire.tool_delta({"function": {"arguments": None}}, 0),
            wire.tool_delta({"function": {"name": None, "arguments": CITY[:5]}}, 0),
            wire.tool_delta({"id": None, "function": {"arguments": CITY[5:]}}, 0),
        ),
        TWICE[:1],
    ),
    "ollama: a whole call in one piece, and stop as the reason": (
        chat(wire.tool_delta(whole_call(**PLAIN), 0), reason="stop"),
        TWICE[:1],
    ),
    "old ollama: every call at index 0": (
        chat(
            wire.tool_delta(whole_call(id="a"), 0),
            wire.tool_delta(whole_call(id="b"), 0),
        ),
        TWICE,
    ),
    "llama.cpp: the first piece has the first words of the arguments": (
        chat(
            wire.tool_delta(whole_call(arguments=CITY[:1], id="a"), 0),
            wire.tool_delta({"function": {"arguments": CITY[1:]}}, 0),
        ),
        TWICE[:1],
    ),
    "id and name again in every piece": (
        chat(
            wire.tool_delta(whole_call(arguments=CITY[:5], id="a"), 0),
            wire.tool_delta(whole_call(arguments=CITY[5:], id="a"), 0),
        ),
        TWICE[:1],
    ),
    "the name again in every piece, no ids": (
        chat(
            wire.tool_delta(whole_call(arguments=CITY[:5]), 0),
            wire.tool_delta(whole_call(arguments=CITY[5:]), 0),
        ),
        TWICE[:1],
    ),
    "no index: whole calls with ids": (
        chat(wire.tool_delta(whole_call(id="a")), wire.tool_delta(whole_call(id="b"))),
        TWICE,
    ),
    "no index: pieces that repeat the id": (
        chat(
            wire.tool_delta(whole_call(arguments=CITY[:5], id="a")),
            wire.tool_delta({"id": "a", "function": {"arguments": CITY[5:]}}),
            wire.tool_delta(whole_call(id="b")),
        ),
        TWICE,
    ),
    "neither index nor id": (
        chat(wire.tool_delta(whole_call()), wire.tool_delta(whole_call())),
        TWICE,
    ),
    "neither index nor id, in pieces": (
        chat(
            wire.tool_delta(whole_call(arguments=CITY[:5])),
            wire.tool_delta({"function": {"arguments": CITY[5:]}}),
            wire.tool_delta(whole_call("time", "")),
        ),
        [("weather", CITY), ("time", "{}")],
    ),
    "arguments as an object": (
        chat(wire.tool_delta(whole_call(arguments={"city": "Ghent"}, id="a"), 0)),
        [("weather", '{"city":"Ghent"}')],
    ),
    "two calls in one event": (
        wire.sse(
            {
                "choices": [
                    {
                        "delta": {
                            "tool_calls": [
                                whole_call(index=0, id="a"),
                                whole_call(index=1, id="b"),
                            ]
                        }
                    }
                ]
            },
            "[DONE]",
        ),
        TWICE,
    ),
    "the pieces of two calls mixed": (
        chat(
            wire.tool_delta(whole_call(arguments="", id="a"), 0),
            wire.tool_delta(whole_call(arguments="", id="b"), 1),
            wire.tool_delta({"function": {"arguments": CITY[:4]}}, 0),
            wire.tool_delta({"function": {"arguments": CITY}}, 1),
            wire.tool_delta({"function": {"arguments": CITY[4:]}}, 0),
        ),
        TWICE,
    ),
}


@pytest.mark.parametrize("api", ["chat"], indirect=True)
@pytest.mark.parametrize("quirk", CHAT_QUIRKS)
async def test_imitators_of_chat_completions_are_understood(open_at, scripted, quirk):
    body, expected = CHAT_QUIRKS[quirk]
    assert await said(open_at, scripted, body) == expected


@pytest.mark.parametrize("api", ["chat"], indirect=True)
async def test_a_reason_without_calls_is_an_ending(open_at, scripted):
    text = wire.text("chat", "Hi")
    scripted.answers(wire.sse(text, *wire.end_with_calls("chat")))
    said, end = await read(open_at(scripted.base_url), REQUEST)
    assert (said, end.reason) == ("Hi", "complete")


# Responses: likewise.
def item(call_id="call_a", arguments=CITY, **fields):
    call = {"type": "function_call", "name": "weather", "arguments": arguments}
    return {**call, "call_id": call_id, **fields}


ADDED, DONE = "response.output_item.added", "response.output_item.done"
DELTA = "response.function_call_arguments.delta"
RESPONSES_QUIRKS = {
    "only the end of the item": [
        {"type": DONE, "output_index": 0, "item": item()},
    ],
    "only the end of the response": [
        {"type": "response.completed", "response": {"output": [{}, item()]}},
    ],
    "only the pieces": [
        {"type": ADDED, "output_index": 0, "item": item(arguments="")},
        {"type": DELTA, "output_index": 0, "delta": CITY[:4]},
        {"type": DELTA, "output_index": 0, "delta": CITY[4:]},
    ],
    "pieces that name no place": [
        {"type": ADDED, "item": item(arguments="")},
        {"type": DELTA, "delta": CITY},
    ],
    "places by id": [
        {"type": ADDED, "item": item(arguments="", id="fc_1")},
        {"type": DELTA, "item_id": "fc_1", "delta": CITY[:4]},
        {"type": DONE, "item": item(id="fc_1")},
    ],
    "vllm: another id at the end than at the beginning": [
        {"type": ADDED, "output_index": 0, "item": item("call_x", "")},
        {"type": DELTA, "output_index": 0, "item_id": "other", "delta": CITY},
        {"type": DONE, "output_index": 0, "item": item("call_y")},
    ],
    "the arguments at the beginning and again at the end": [
        {"type": ADDED, "output_index": 0, "item": item()},
        {"type": DONE, "output_index": 0, "item": item()},
    ],
    "arguments as an object": [
        {"type": DONE, "output_index": 0, "item": item(arguments={"city": "Ghent"})},
    ],
}


@pytest.mark.parametrize("api", ["responses"], indirect=True)
@pytest.mark.parametrize("quirk", RESPONSES_QUIRKS)
async def test_imitators_of_responses_are_understood(open_at, scripted, quirk):
    body = wire.sse(*RESPONSES_QUIRKS[quirk], *wire.end("responses"))
    ((name, arguments),) = await said(open_at, scripted, body)
    assert (name, arguments.replace(" ", "")) == ("weather", CITY.replace(" ", ""))


@pytest.mark.parametrize("api", ["responses"], indirect=True)
async def test_two_calls_at_one_place_stay_two(open_at, scripted):
    body = wire.sse(
        {"type": ADDED, "output_index": 0, "item": item("a", "")},
        {"type": DELTA, "output_index": 0, "delta": CITY},
        {"type": DONE, "output_index": 0, "item": item("a")},
        {"type": ADDED, "output_index": 0, "item": item("b", "")},
        {"type": DONE, "output_index": 0, "item": item("b")},
        *wire.end("responses"),
    )
    assert await said(open_at, scripted, body) == TWICE
