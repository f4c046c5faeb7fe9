"""Requests that a server turns down: what the person is told, and what stays secret."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback

import pytest

from conversations.core import errors
from conversations.providers import ModelServer, open_model
from tests.providers.conftest import KEY
from tests.providers.reading import ask, failure

REQUEST = ask("any", "Hello")


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        ("429 No", {"code": "insufficient_quota"}, errors.OverBudget),
        ("429 No", {"type": "insufficient_quota"}, errors.OverBudget),
        ("429 No", {"code": "rate_limit_exceeded"}, errors.ModelRateLimited),
        ("429 No", "slow down, please", errors.ModelRateLimited),
        ("400 No", {"code": "context_length_exceeded"}, errors.ContextTooLong),
        (
            "400 No",
            {"message": "the request exceeds the available context size"},
            errors.ContextTooLong,
        ),
        (
            "400 No",
            {"code": 400, "message": "This model's maximum context length is 8192"},
            errors.ContextTooLong,
        ),
        ("400 No", {"code": "unsupported_parameter"}, errors.RequestRefused),
        ("400 No", {"message": None, "code": None}, errors.RequestRefused),
        (
            "401 No",
            {"type": "invalid_request_error", "code": "invalid_api_key"},
            errors.ModelAuthFailed,
        ),
        ("404 No", {"type": "invalid_request_error"}, errors.ModelNotFound),
        ("404 No", "<h1>Not found</h1>", errors.ModelNotFound),
        ("500 No", {"type": "overloaded_error"}, errors.ModelBusy),
        ("504 No", "upstream", errors.ModelUnavailable),
        ("418 No", "teapot", errors.RequestRefused),
    ],
)
async def test_a_refusal_has_its_name(open_at, scripted, status, error, kind):
    scripted.fails(status, error)
    text, problem = await failure(open_at(scripted.base_url), REQUEST)
    assert (text, type(problem)) == ("", kind)
    assert str(problem) == problem.sentence or kind is errors.ModelUnavailable


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("0.5", 0.5), ("soon", None), ("-3", 0.0)]
)
async def test_how_long_to_wait_is_passed_on(open_at, scripted, value, seconds):
    scripted.fails("429 No", "slow down", Retry_After=value)
    _, problem = await failure(open_at(scripted.base_url), REQUEST)
    assert problem.retry_after == seconds


async def test_a_date_to_come_back_is_understood(open_at, scripted):
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 90))
    scripted.fails("429 No", "slow down", Retry_After=date)
    _, problem = await failure(open_at(scripted.base_url), REQUEST)
    assert 30 < problem.retry_after <= 90


async def test_a_short_wait_is_waited(open_at, scripted):
    scripted.fails("429 No", "slow down", Retry_After="0.1")
    await failure(open_at(scripted.base_url, max_retries=2), REQUEST)
    assert len(scripted.requests) == 3


async def test_a_long_wait_is_told_at_once(open_at, scripted):
    scripted.fails("429 No", "slow down", Retry_After="30")
    async with asyncio.timeout(20):
        _, problem = await failure(open_at(scripted.base_url, max_retries=2), REQUEST)
    assert problem.retry_after == 30.0
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("status", ["401 No", "400 No", "429 No", "500 No", "200 OK"])
async def test_the_key_is_never_in_an_error(open_at, scripted, caplog, capsys, status):
    caplog.set_level(logging.DEBUG)
    says_it = {"message": f"Wrong key {KEY}.", "code": KEY, "type": f"x {KEY}"}
    scripted.fails(status, says_it, **{"x-request-id": KEY})
    model = open_at(scripted.base_url)
    problems = [(await failure(model, REQUEST))[1]]
    with pytest.raises(errors.TurnError) as caught:
        await model.complete(REQUEST)
    for problem in [*problems, caught.value]:
        told = "".join(traceback.format_exception(problem))
        told += repr(problem) + problem.detail + repr(problem.__dict__)
        assert KEY not in told
        assert problem.__cause__ is None
    assert f"Bearer {KEY}" in scripted.heads[0]
    assert KEY not in repr(model) + repr(ModelServer("http://x/v1", KEY))
    assert KEY not in caplog.text


async def test_a_key_no_header_can_carry_stays_secret(scripted, api):
    key = "sk-“quoted”"
    model = open_model(api, ModelServer(scripted.base_url, key, max_retries=0))
    _, problem = await failure(model, REQUEST)
    await model.close()
    assert isinstance(problem, errors.TurnError)
    assert key not in "".join(traceback.format_exception(problem)) + repr(problem)


async def test_spaces_around_a_key_are_not_part_of_it(scripted, api):
    scripted.fails("401 No", "no")
    model = open_model(api, ModelServer(scripted.base_url, f" {KEY}\n"))
    await failure(model, REQUEST)
    await model.close()
    assert f"Bearer {KEY}\r\n" in scripted.heads[0]


async def test_no_key_is_fine_for_servers_without(scripted, api, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    scripted.fails("400 No", "no")
    model = open_model(api, ModelServer(scripted.base_url))
    await failure(model, REQUEST)
    await model.close()
    assert len(scripted.requests) == 1


async def test_a_proxy_for_the_world_is_not_asked_for_this_machine(
    scripted, api, monkeypatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    scripted.fails("400 No", "no")
    model = open_model(api, ModelServer(scripted.base_url, KEY, max_retries=0))
    _, problem = await failure(model, REQUEST)
    await model.close()
    assert isinstance(problem, errors.RequestRefused)
