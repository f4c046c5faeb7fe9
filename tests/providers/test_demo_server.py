"""The demo server as other people's clients see it: the SDK's own types accept it."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from operator import mul

import httpx2
import openai
import pytest

from conversations.providers.demo import pace, start_demo_model
from conversations.providers.demo.endpoints import MAX_REQUEST_BYTES
from conversations.providers.demo.pace import paced
from conversations.providers.demo.steering import MODELS, Steering, steering_for

TOOL = {"type": "object", "properties": {"city": {"type": "string"}}}
ASKED = 'Use the tool weather {"city": "Ghent"}'


@pytest.fixture
async def sdk(demo) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=demo.base_url, api_key="any", max_retries=0
    ) as client:
        yield client


@pytest.fixture
async def http(demo) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=demo.base_url, trust_env=False) as client:
        yield client


async def test_models_are_listed(sdk):
    assert [model.id async for model in sdk.models.list()] == list(MODELS)


async def test_a_responses_stream_has_the_real_sequence(sdk):
    stream = await sdk.responses.create(
        model="demo-fast", input="My name is Maya. What is my name?", stream=True
    )
    events = [event async for event in stream]
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds[:4] == [
        "created", "in_progress", "output_item.added", "content_part.added"
    ]  # fmt: skip
    assert set(kinds[4:-4]) == {"output_text.delta"}
    assert kinds[-4:] == [
        "output_text.done", "content_part.done", "output_item.done", "completed"
    ]  # fmt: skip
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert deltas == events[-1].response.output_text == "Your name is Maya."
    assert events[-1].response.usage.total_tokens == 13 + 5


async def test_a_chat_stream_has_the_real_sequence(sdk):
    stream = await sdk.chat.completions.create(
        model="demo-fast",
        messages=[{"role": "user", "content": "My name is Maya. What is my name?"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(c.choices[0].delta.content or "" for c in chunks[:-1]) == (
        "Your name is Maya."
    )
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 18)
    assert len({chunk.id for chunk in chunks}) == 1


async def test_usage_in_a_chat_stream_is_only_for_those_who_ask(sdk):
    stream = await sdk.chat.completions.create(
        model="demo-fast", messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    assert all([chunk.usage is None async for chunk in stream])


async def test_instructions_and_parts_are_read_too(sdk):
    reply = await sdk.responses.create(
        model="demo-fast",
        instructions="- name: Maya",
        input=[
            {
                "role": "user",
                "content": [{"type": "input_text", "text": "What is my name?"}],
            }
        ],
    )
    assert reply.output_text == "Your name is Maya."
    assert reply.status == "completed"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_tool_is_called_through_responses(sdk, stream):
    tool = {"type": "function", "name": "weather", "parameters": TOOL, "strict": True}
    asked = {"model": "demo-fast", "input": ASKED, "tools": [tool]}
    if stream:
        async with sdk.responses.stream(**asked) as events:
            kinds = [event.type async for event in events]
            reply = await events.get_final_response()
        assert "response.function_call_arguments.done" in kinds
    else:
        reply = await sdk.responses.create(**asked)
    call = reply.output[0]
    assert (call.type, call.name) == ("function_call", "weather")
    assert json.loads(call.arguments) == {"city": "Ghent"}
    answer = await sdk.responses.create(
        model="demo-fast",
        input=[
            {"role": "user", "content": ASKED},
            call.model_dump(include={"type", "call_id", "name", "arguments"}),
            {
                "type": "function_call_output",
                "call_id": call.call_id,
                "output": "18 °C",
            },
        ],
    )
    assert answer.output_text == "The tool answered:\n\n18 °C"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_tool_is_called_through_chat(sdk, stream):
    said = [{"role": "user", "content": ASKED}]
    tool = {"type": "function", "function": {"name": "weather", "parameters": TOOL}}
    asked = {"model": "demo-fast", "messages": said, "tools": [tool]}
    if stream:
        async with sdk.chat.completions.stream(**asked) as events:
            reply = await events.get_final_completion()
    else:
        reply = await sdk.chat.completions.create(**asked)
    choice = reply.choices[0]
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Ghent"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "18 °C"}
    answer = await sdk.chat.completions.create(
        model="demo-fast", messages=[*said, choice.message.model_dump(), result]
    )
    assert answer.choices[0].message.content == "The tool answered:\n\n18 °C"


async def test_a_limit_of_tokens_is_kept(sdk):
    reply = await sdk.responses.create(
        model="demo-fast", input="Give me a long answer", max_output_tokens=20
    )
    assert reply.status == "incomplete"
    assert reply.incomplete_details.reason == "max_output_tokens"
    chat = await sdk.chat.completions.create(
        model="demo-fast",
        messages=[{"role": "user", "content": "Give me a long answer"}],
        max_completion_tokens=20,
    )
    assert chat.choices[0].finish_reason == "length"
    assert chat.choices[0].message.content == reply.output_text


async def test_the_whole_request_is_echoed(sdk):
    said = [
        {"role": "developer", "content": "d"},
        {"role": "user", "content": [{"type": "input_text", "text": "ü"}], "x": 1},
    ]
    reply = await sdk.responses.create(
        model="demo-echo-context", instructions="i", input=said
    )
    instructions = {"role": "system", "content": "i"}
    assert json.loads(reply.output_text) == [instructions, *said]


@pytest.mark.parametrize("packed", ["float", "base64"])
async def test_embeddings_are_unit_vectors_of_shared_words(sdk, packed):
    texts = [
        "The access code of the north gate",
        "access codes, northern gates",
        "north gates access code",
        "Rye bread with honey",
        "",
    ]
    made = await sdk.embeddings.create(model="e", input=texts, encoding_format=packed)
    if packed == "base64":
        again = await sdk.embeddings.create(model="e", input=texts)
        assert made.usage.total_tokens == again.usage.total_tokens > 0
        made = again
    vectors = [item.embedding for item in made.data]
    assert [len(vector) for vector in vectors] == [256] * 5
    assert all(math.isclose(math.hypot(*v), 1, abs_tol=1e-5) for v in vectors)
    near, nearest, far = (sum(map(mul, vectors[0], v)) for v in vectors[1:4])
    assert far < 0.3 < near < nearest
    assert nearest > 0.99


async def test_one_embedding_of_another_size(sdk):
    made = await sdk.embeddings.create(model="e", input="rye bread", dimensions=32)
    assert [len(item.embedding) for item in made.data] == [32]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/responses", b"{"),
        ("/responses", b"[]"),
        ("/responses", b'{"input": "Hi"}'),
        ("/responses", b'{"model": "demo", "input": 5}'),
        ("/responses", b'{"model": "demo", "input": ["Hi"]}'),
        ("/chat/completions", b'{"model": "demo"}'),
        ("/chat/completions", b'{"model": "demo", "messages": []}'),
        ("/chat/completions", b'{"model": 3, "messages": [{"role": "user"}]}'),
        ("/embeddings", b'{"model": "e", "input": [1, 2]}'),
        ("/embeddings", b'{"model": "e", "input": []}'),
        ("/embeddings", b'{"model": "e", "input": "x", "dimensions": 99999}'),
        ("/embeddings", b'{"model": "e", "input": "x", "dimensions": true}'),
    ],
)
async def test_a_bad_request_is_told_so(http, path, body):
    reply = await http.post(path, content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


async def test_other_paths_and_methods_are_refused_as_openai_would(http):
    for reply, status in (
        (await http.get("/files"), 404),
        (await http.get("/responses"), 405),
    ):
        assert reply.status_code == status
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


async def test_a_request_has_a_largest_size(http):
    reply = await http.post("/responses", content=b" " * (MAX_REQUEST_BYTES + 1))
    assert reply.status_code == 413
    assert reply.json()["error"]["code"] == "request_too_large"


async def test_tokens_are_counted_by_the_counter_it_was_given():
    server = await start_demo_model(count=lambda text: 100 * len(text.split()))
    try:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key="x") as sdk:
            reply = await sdk.responses.create(
                model="demo-fast", input="My name is Maya. Who am I?"
            )
    finally:
        await server.close()
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (704, 400)


async def test_a_port_can_be_chosen_once(demo):
    port = int(demo.base_url.split(":")[2].removesuffix("/v1"))
    with pytest.raises(OSError, match="address already in use"):
        await start_demo_model(port=port)


async def test_closing_ends_open_streams(sdk, demo):
    stream = await sdk.responses.create(
        model="demo-slow-1", input="Give me a long answer", stream=True
    )
    async with asyncio.timeout(30):
        await demo.close()
        with pytest.raises((openai.APIError, httpx2.TransportError)):
            async for _ in stream:
                pass


class Clock:
    """Time that passes by sleeping and by nothing else."""

    now = 0.0

    def time(self):
        return self.now

    def get_running_loop(self):
        return self

    async def sleep(self, seconds):
        self.now += seconds


async def test_late_tokens_are_made_up_for_together(monkeypatch):
    monkeypatch.setattr(pace, "asyncio", clock := Clock())
    pieces, batches = [f"{n} " for n in range(100)], []
    async for batch in paced(pieces, Steering(tps=400, first_token_s=0.05)):
        batches.append(batch)
        if len(batches) == 10:
            clock.now += 0.1  # nobody gets to run
    assert [piece for batch in batches for piece in batch] == pieces
    assert {len(batch) for batch in batches[:10]} == {1}
    assert len(batches[10]) >= 35
    assert clock.now == pytest.approx(0.05 + 99 / 400, abs=0.01)


async def test_a_reply_takes_its_time(sdk):
    started = time.monotonic()
    stream = await sdk.responses.create(
        model="demo-slow-200", input="Give me a long answer", max_output_tokens=60,
        stream=True,
    )  # fmt: skip
    events = [event async for event in stream]
    assert sum(event.type == "response.output_text.delta" for event in events) == 60
    assert time.monotonic() - started > 0.09 + 59 / 200


@pytest.mark.parametrize(
    ("name", "steering"),
    [
        ("demo", Steering()),
        ("gpt-5.4-mini", Steering()),
        ("demo-slow-7", Steering(tps=7.0)),
        ("demo-slow-0.5", Steering(tps=0.5)),
        ("demo-slow-0", Steering(tps=0.1)),
        ("demo-slow-fast", Steering()),
        ("demo-error-418", Steering(error=418)),
        ("demo-error-200", Steering()),
        ("demo-cut-12", Steering(tps=0.0, first_token_s=0.0, cut_after=12)),
        ("demo-hang", Steering(hang=True)),
        ("demo-fast", Steering(tps=0.0, first_token_s=0.0)),
    ],
)
def test_names_steer(name, steering):
    assert steering_for(name) == steering
