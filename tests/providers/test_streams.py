"""What a stream may bring, said by a server that says exactly what it is told."""

from __future__ import annotations

import asyncio

import pytest

from conversations.core import errors
from conversations.core.model_api import Usage
from tests.providers import wire_samples as wire
from tests.providers.reading import ask, failure, read
from tests.providers.scripted import PAUSE

REQUEST = ask("any", "Hello")


async def test_pieces_of_any_size_make_the_same_text(open_at, scripted, api):
    pieces = ["Grü", "ße 🌿", " aus\nGent", "", "."]
    body = wire.sse(*(wire.text(api, p) for p in pieces), *wire.end(api))
    scripted.answers([body[i : i + 7] for i in range(0, len(body), 7)])
    text, _ = await read(open_at(scripted.base_url), REQUEST)
    assert text == "Grüße 🌿 aus\nGent."


@pytest.mark.parametrize("newline", [b"\r\n", b"\r", b"\n"])
async def test_every_kind_of_line_end_is_read(open_at, scripted, api, newline):
    body = b": hello\n\nevent: x\nid: 7\nretry: 10\n"
    body += wire.sse(wire.text(api, "Hi"), *wire.end(api))
    scripted.answers(body.replace(b"\n", newline))
    assert (await read(open_at(scripted.base_url), REQUEST))[0] == "Hi"


async def test_keep_alives_are_signs_of_life(steady, open_at, scripted, api):
    wait = [0.1, b": still thinking\n\n"] * 6
    scripted.answers([b"", *wait, wire.sse(wire.text(api, "42"), *wire.end(api))])
    text, _ = await read(open_at(scripted.base_url, timeout_s=0.5), REQUEST)
    assert text == "42"


async def test_reasoning_is_never_text(open_at, scripted, api):
    thought = wire.reasoning(api, "They said hello, so …")
    scripted.answers(wire.sse(thought, wire.text(api, "Hi"), *wire.end(api)))
    assert (await read(open_at(scripted.base_url), REQUEST))[0] == "Hi"


async def test_a_refusal_is_what_the_model_says(open_at, scripted, api):
    scripted.answers(wire.sse(wire.refusal(api, "I won't."), *wire.end(api)))
    assert (await read(open_at(scripted.base_url), REQUEST))[0] == "I won't."


@pytest.mark.parametrize("reason", ["complete", "length", "filtered"])
async def test_the_reason_of_the_end_is_passed_on(open_at, scripted, api, reason):
    scripted.answers(wire.sse(wire.text(api, "Hi"), *wire.end(api, reason)))
    _, end = await read(open_at(scripted.base_url), REQUEST)
    assert (end.reason, end.usage) == (reason, None)


async def test_cached_tokens_are_counted(open_at, scripted, api):
    usage = wire.usage(api, 900, 20, 640)
    scripted.answers(wire.sse(wire.text(api, "Hi"), *wire.end(api, usage=usage)))
    _, end = await read(open_at(scripted.base_url), REQUEST)
    assert end.usage == Usage(input=900, output=20, cached=640)


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": "9", "prompt_tokens": None, "output_tokens": -3},
        {"input_tokens": 1.5, "completion_tokens": True, "input_tokens_details": []},
        {},
    ],
)
async def test_odd_usage_counts_nothing(open_at, scripted, api, usage):
    scripted.answers(wire.sse(wire.text(api, "Hi"), *wire.end(api, usage=usage)))
    _, end = await read(open_at(scripted.base_url), REQUEST)
    assert end.usage == Usage()


@pytest.mark.parametrize(
    "odd",
    [
        5,
        None,
        [],
        {},
        {"type": "response.output_text.delta", "delta": None},
        {"type": "response.output_text.delta", "delta": 3},
        {"type": "response.output_text.annotation.added", "annotation": {}},
        {"type": "response.web_search_call.searching"},
        {"choices": None},
        {"choices": [None]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": ["x"]}}]},
        {"choices": [{"delta": {"tool_calls": [{"function": {"name": "x"}}]}}]},
    ],
)
async def test_what_is_not_understood_is_skipped(open_at, scripted, api, odd):
    scripted.answers(wire.sse(odd, wire.text(api, "Hi"), *wire.end(api)))
    assert (await read(open_at(scripted.base_url), REQUEST))[0] == "Hi"


async def test_a_missing_last_blank_line_is_forgiven(open_at, scripted, api):
    body = wire.sse(wire.text(api, "Hi"), *wire.end(api))
    scripted.answers(body.rstrip(b"\n"))
    assert (await read(open_at(scripted.base_url), REQUEST))[0] == "Hi"


async def test_a_server_that_lingers_does_not_hold_the_reply(open_at, scripted, api):
    scripted.answers([wire.sse(wire.text(api, "Hi"), *wire.end(api)), PAUSE])
    async with asyncio.timeout(30):
        assert (await read(open_at(scripted.base_url), REQUEST))[0] == "Hi"
        await scripted.left.wait()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"code": "rate_limit_exceeded"}, errors.ModelRateLimited),
        ({"code": "insufficient_quota"}, errors.OverBudget),
        ({"code": "context_length_exceeded"}, errors.ContextTooLong),
        ({"type": "overloaded_error"}, errors.ModelBusy),
        ({"code": "invalid_prompt"}, errors.RequestRefused),
        ({"code": "server_error"}, errors.ModelUnavailable),
        ({"code": 500, "message": "oops"}, errors.ModelUnavailable),
        (
            {
                "type": "invalid_request_error",
                "message": "This model's maximum context length is 4096 tokens.",
            },
            errors.ContextTooLong,
        ),
    ],
)
async def test_an_error_in_the_stream_has_its_name(open_at, scripted, api, said, kind):
    # Responses has its own "type" there, so the error is told inside.
    event = {"error": said} if "type" in said else wire.error(api, **said)
    scripted.answers(wire.sse(wire.text(api, "Wel"), event))
    text, error = await failure(open_at(scripted.base_url), REQUEST)
    assert (text, type(error)) == ("Wel", kind)


@pytest.mark.parametrize("api", ["responses"], indirect=True)
async def test_a_failed_response_is_an_error(open_at, scripted, api):
    failed = {"status": "failed", "error": {"code": "rate_limit_exceeded"}}
    scripted.answers(wire.sse({"type": "response.failed", "response": failed}))
    _, error = await failure(open_at(scripted.base_url), REQUEST)
    assert isinstance(error, errors.ModelRateLimited)


@pytest.mark.parametrize("api", ["responses"], indirect=True)
async def test_a_reply_told_only_at_its_end_is_read_there(open_at, scripted, api):
    whole = wire.whole(api, "Hi")
    scripted.answers(wire.sse({"type": "response.completed", "response": whole}))
    assert (await read(open_at(scripted.base_url), REQUEST))[0] == "Hi"


@pytest.mark.parametrize("api", ["chat"], indirect=True)
async def test_usage_that_never_comes_is_no_failure(steady, open_at, scripted, api):
    first, *_ = wire.end(api)
    scripted.answers([wire.sse(wire.text(api, "Hi"), first), PAUSE])
    text, end = await read(open_at(scripted.base_url, timeout_s=0.5), REQUEST)
    assert (text, end.usage, end.reason) == ("Hi", None, "complete")


@pytest.mark.parametrize("words", [[], ["Hel", "lo"]])
async def test_a_stream_without_its_end_is_cut(open_at, scripted, api, words):
    scripted.answers(wire.sse(*(wire.text(api, word) for word in words)))
    text, error = await failure(open_at(scripted.base_url), REQUEST)
    kind = errors.ReplyCut if words else errors.ModelUnavailable
    assert (text, type(error)) == ("".join(words), kind)


@pytest.mark.parametrize("words", [[], ["Hel", "lo"]])
async def test_invalid_json_ends_the_reply(open_at, scripted, api, words):
    told = [wire.text(api, word) for word in words]
    scripted.answers(wire.sse(*told, '{"choices": [', *wire.end(api)))
    text, error = await failure(open_at(scripted.base_url), REQUEST)
    kind = errors.ReplyCut if words else errors.ModelUnavailable
    assert (text, type(error)) == ("".join(words), kind)


@pytest.mark.parametrize("words", [[], ["Hel", "lo"]])
async def test_silence_has_a_limit(steady, open_at, scripted, api, words):
    scripted.answers([wire.sse(*(wire.text(api, word) for word in words)), PAUSE])
    model = open_at(scripted.base_url, timeout_s=0.5)
    text, error = await failure(model, REQUEST)
    kind = errors.ReplyCut if words else errors.ModelTimeout
    assert (text, type(error)) == ("".join(words), kind)
    async with asyncio.timeout(30):
        await scripted.left.wait()


async def test_an_endless_event_is_refused(open_at, scripted):
    scripted.answers([b"data: " + b"x" * 70_000] + [b"x" * 70_000] * 20)
    text, error = await failure(open_at(scripted.base_url), REQUEST)
    assert (text, type(error)) == ("", errors.ModelUnavailable)
    assert "unreadable" in str(error)


@pytest.mark.parametrize("kind", ["text/html", "Text/HTML; charset=utf-8"])
async def test_a_web_page_is_no_reply(open_at, scripted, kind):
    scripted.answers(b"<!doctype html><title>Sign in</title>", kind=kind)
    model = open_at(scripted.base_url)
    text, error = await failure(model, REQUEST)
    assert (text, type(error)) == ("", errors.ModelUnavailable)
    assert "web page" in error.detail
    with pytest.raises(errors.ModelUnavailable, match="unreadable"):
        await model.complete(REQUEST)


async def test_a_web_page_is_not_read_to_its_end(open_at, scripted):
    scripted.answers([b"<!doctype html>", PAUSE], kind="text/html")
    await failure(open_at(scripted.base_url), REQUEST)
    async with asyncio.timeout(30):
        await scripted.left.wait()


async def test_a_web_page_called_a_stream_is_no_reply(open_at, scripted):
    scripted.answers(b"<!doctype html>\n\n<p>data: none</p>\n\n")
    _, error = await failure(open_at(scripted.base_url), REQUEST)
    assert isinstance(error, errors.ModelUnavailable)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary"])
async def test_a_redirect_is_not_followed(open_at, scripted, demo, status):
    there = f"{demo.base_url}/responses"
    scripted.answers(b"", status=status, Location=there)
    _, error = await failure(open_at(scripted.base_url), REQUEST)
    assert isinstance(error, errors.ModelUnavailable)
    assert demo.stats.requests == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"output": 3}', b"\xff"])
async def test_a_broken_completion_is_unreadable(open_at, scripted, body):
    scripted.answers(body, kind="application/json")
    with pytest.raises(errors.ModelUnavailable, match="unreadable"):
        await open_at(scripted.base_url).complete(REQUEST)


async def test_a_completion_keeps_thoughts_to_itself(open_at, scripted, api):
    usage = wire.usage(api, 9, 2, 0)
    body = wire.sse(wire.whole(api, "Rye starter", usage)).removeprefix(b"data: ")
    scripted.answers(body, kind="application/json")
    answer = await open_at(scripted.base_url).complete(REQUEST)
    assert (answer.text, answer.usage) == ("Rye starter", Usage(9, 2))


async def test_a_completion_may_report_an_error(open_at, scripted):
    scripted.answers(b'{"error": {"code": "insufficient_quota"}}', kind="text/json")
    with pytest.raises(errors.OverBudget):
        await open_at(scripted.base_url).complete(REQUEST)
