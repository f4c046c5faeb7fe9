"""What a request looks like on the wire, in each API's own words."""

from __future__ import annotations

from conversations.core.model_api import Item, ModelRequest, ToolUse
from conversations.core.prompts import RESUME_PROMPT
from conversations.providers import ModelServer
from conversations.providers.chat_completions import ChatCompletionsModel
from conversations.providers.responses import ResponsesModel
from tests.providers.reading import WEATHER, ask, failure

REQUEST = ModelRequest(
    "m", (Item("system", "Be brief."), Item("user", "Hi")), 64, temperature=0.2
)
MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi"},
]


async def test_a_responses_request(scripted):
    model = ResponsesModel(ModelServer(scripted.base_url, "k", max_retries=0))
    await failure(model, REQUEST)
    await model.close()
    assert scripted.heads[0].startswith("POST /v1/responses HTTP/1.1\r\n")
    assert scripted.requests == [
        {
            "model": "m",
            "input": MESSAGES,
            "store": False,
            "max_output_tokens": 64,
            "temperature": 0.2,
            "stream": True,
        }
    ]


async def test_a_chat_completions_request(scripted):
    model = ChatCompletionsModel(ModelServer(scripted.base_url, "k", max_retries=0))
    await failure(model, REQUEST)
    await model.close()
    assert scripted.heads[0].startswith("POST /v1/chat/completions HTTP/1.1\r\n")
    assert scripted.requests == [
        {
            "model": "m",
            "messages": MESSAGES,
            "max_tokens": 64,
            "temperature": 0.2,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


async def test_events_are_not_held_back_by_compression(scripted, open_at):
    await failure(open_at(scripted.base_url), ask("m", "Hi"))
    heads = [head.lower() for head in scripted.heads]
    assert all("\r\naccept-encoding: identity\r\n" in head for head in heads)


def test_openai_itself_wants_the_new_name_of_the_limit():
    for address in (
        None,
        "",
        "https://api.openai.com/v1",
        "https://x.openai.azure.com/",
    ):
        assert ModelServer(address).is_openai
        body = ChatCompletionsModel(ModelServer(address, "k")).body(REQUEST)
        assert body["max_completion_tokens"] == 64
        assert "max_tokens" not in body
    assert not ModelServer("http://api.openai.com.evil.test/v1").is_openai
    assert not ModelServer("http://127.0.0.1:11434/v1").is_openai


def test_what_is_not_set_is_not_sent():
    bare = ask("m", "Hi")
    assert ResponsesModel(ModelServer()).body(bare) == {
        "model": "m",
        "input": [{"role": "user", "content": "Hi"}],
        "store": False,
    }
    assert ChatCompletionsModel(ModelServer()).body(bare) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
    }


CALL = ToolUse("call_1", "weather", '{"city":"Ghent"}')
OTHER = ToolUse("call_2", "weather", '{"city":')
WITH_TOOLS = ModelRequest(
    "m",
    (
        Item("system", "Be brief."),
        Item("system", "Name: Maya."),
        Item("user", "Hi"),
        Item("assistant", "Let me look.", (CALL, OTHER)),
        Item("tool", "18 °C", call_id="call_1"),
        Item("tool", "Error: that is no JSON.", call_id="call_2"),
        Item("assistant", "", (CALL,)),
        Item("tool", "18 °C", call_id="call_1"),
        Item("assistant", "It is"),
        Item("user", RESUME_PROMPT),
        Item("tool", "Of no call."),
    ),
    tools=(WEATHER,),
)
# What goes back of arguments that are broken: servers parse them.
MENDED = '{"invalid":"{\\"city\\":"}'


def test_tools_in_a_responses_request():
    said = '{"city":"Ghent"}'
    asked = {"type": "function_call", "name": "weather"}
    gave = {"type": "function_call_output"}
    body = ResponsesModel(ModelServer()).body(WITH_TOOLS)
    assert body == {
        "model": "m",
        "input": [
            {"role": "system", "content": "Be brief.\n\nName: Maya."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Let me look."},
            {**asked, "call_id": "call_1", "arguments": said},
            {**asked, "call_id": "call_2", "arguments": MENDED},
            {**gave, "call_id": "call_1", "output": "18 °C"},
            {**gave, "call_id": "call_2", "output": "Error: that is no JSON."},
            {**asked, "call_id": "call_1", "arguments": said},
            {**gave, "call_id": "call_1", "output": "18 °C"},
            {"role": "assistant", "content": "It is"},
            {"role": "user", "content": RESUME_PROMPT},
            {"role": "user", "content": "Result of a tool:\nOf no call."},
        ],
        "store": False,
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "Says how the weather is in a city.",
                "parameters": WEATHER.parameters,
                "strict": False,
            }
        ],
    }


def test_tools_in_a_chat_completions_request():
    def asked(call_id: str, arguments: str) -> dict:
        function = {"name": "weather", "arguments": arguments}
        return {"id": call_id, "type": "function", "function": function}

    def gave(call_id: str, text: str) -> dict:
        return {"role": "tool", "content": text, "tool_call_id": call_id}

    first = asked("call_1", '{"city":"Ghent"}')
    body = ChatCompletionsModel(ModelServer()).body(WITH_TOOLS)
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief.\n\nName: Maya."},
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": "Let me look.",
                "tool_calls": [first, asked("call_2", MENDED)],
            },
            gave("call_1", "18 °C"),
            gave("call_2", "Error: that is no JSON."),
            {"role": "assistant", "content": None, "tool_calls": [first]},
            gave("call_1", "18 °C"),
            {"role": "assistant", "content": "It is"},
            {"role": "user", "content": RESUME_PROMPT},
            {"role": "user", "content": "Result of a tool:\nOf no call."},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "Says how the weather is in a city.",
                    "parameters": WEATHER.parameters,
                },
            }
        ],
    }
