"""What every provider promises, checked over real HTTP against the demo model."""

from __future__ import annotations

import asyncio
import json

import pytest

from conversations.core import errors
from conversations.core.model_api import Completion, Finished, Item, TextDelta, Usage
from conversations.providers import PROVIDERS, ModelServer, base, open_model
from conversations.providers.demo import DemoModel
from conversations.providers.demo.answers import answer
from conversations.providers.demo.request import DemoRequest, Message
from tests.providers import wire_samples as wire
from tests.providers.conftest import OpenModel
from tests.providers.reading import ask, failure, read

LONG = "Give me a long answer with some code, a table and a list."


def expected(*said: str) -> str:
    messages = tuple(Message("user", text) for text in said)
    reply = answer(DemoRequest("demo", messages, []))
    assert isinstance(reply, str)
    return reply


@pytest.mark.parametrize("name", ["demo-fast", "demo-slow-5000", "demo-slow-1500"])
async def test_the_text_arrives_exactly(model, name):
    text, end = await read(model, ask(name, LONG))
    assert text == expected(LONG)
    assert end == Finished(
        Usage(input=(len(LONG) + 3) // 4 + 4, output=end.usage.output)
    )
    assert end.usage.output == (len(text) + 3) // 4


async def test_one_read_gives_one_delta(model):
    request = ask("demo-fast", LONG)
    deltas = [e async for e in model.stream(request) if isinstance(e, TextDelta)]
    assert len(deltas) < len(expected(LONG)) / 4 / 4


async def test_the_first_words_come_long_before_the_last(model):
    stream = model.stream(ask("demo-slow-1", LONG))  # for minutes
    async with asyncio.timeout(30):
        async for _ in stream:
            break
    await stream.aclose()


async def test_an_empty_reply_is_only_an_ending(model):
    text, end = await read(model, ask("demo-empty", "Hello"))
    assert (text, end.usage.output, end.reason) == ("", 0, "complete")


async def test_a_reply_at_its_limit_says_so(model):
    text, end = await read(model, ask("demo-fast", LONG, limit=3))
    assert expected(LONG).startswith(text)
    assert 0 < len(text) < 30
    assert end.reason == "length"


async def test_complete_gives_everything_at_once(model):
    assert await model.complete(ask("demo-fast", "My name is Maya. My name?")) == (
        Completion("Your name is Maya.", Usage(input=11, output=5))
    )


async def test_the_context_arrives_as_it_was_given(model):
    said = [Item("system", "Be brief."), Item("user", 'Grüße 🌿\n\n"x"\u2028\x7f')]
    said += [Item("assistant", "Oui."), Item("user", "Dis-le.")]
    text, _ = await read(model, ask("demo-echo-context", *said))
    assert json.loads(text) == [{"role": i.role, "content": i.text} for i in said]


async def test_leading_system_items_go_as_one(model):
    said = [Item("system", "One."), Item("system", "Two."), Item("user", "Hi")]
    said += [Item("system", "Three."), Item("tool", "18 °C")]
    text, _ = await read(model, ask("demo-echo-context", *said))
    assert [tuple(item.values()) for item in json.loads(text)] == [
        ("system", "One.\n\nTwo."),
        ("user", "Hi"),
        ("system", "Three."),
        ("user", "Result of a tool:\n18 °C"),
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.RequestRefused),
        (401, errors.ModelAuthFailed),
        (402, errors.OverBudget),
        (403, errors.ModelAuthFailed),
        (404, errors.ModelNotFound),
        (408, errors.ModelTimeout),
        (413, errors.ContextTooLong),
        (422, errors.RequestRefused),
        (429, errors.ModelRateLimited),
        (500, errors.ModelUnavailable),
        (502, errors.ModelUnavailable),
        (503, errors.ModelUnavailable),
        (529, errors.ModelBusy),
    ],
)
async def test_every_status_has_its_error(model, status, kind):
    request = ask(f"demo-error-{status}", "Hello")
    text, error = await failure(model, request)
    assert (text, type(error)) == ("", kind)
    assert f"HTTP {status}" in error.detail
    with pytest.raises(kind):
        await model.complete(request)


async def test_a_rate_limit_says_when_to_come_back(model):
    _, error = await failure(model, ask("demo-error-429", "Hello"))
    assert error.retry_after == 1.0


@pytest.mark.parametrize(("status", "tries"), [(500, 2), (503, 2), (401, 1), (404, 1)])
async def test_what_may_pass_is_tried_again(open_at, demo, status, tries):
    model = open_at(demo.base_url, max_retries=1)
    await failure(model, ask(f"demo-error-{status}", "Hello"))
    assert demo.stats.requests == tries


async def test_a_cut_reply_keeps_what_came(model):
    text, error = await failure(model, ask("demo-cut-9", LONG))
    assert expected(LONG).startswith(text)
    assert len(text) > 9
    assert isinstance(error, errors.ReplyCut)


async def test_a_reply_cut_before_its_first_word_never_began(model):
    text, error = await failure(model, ask("demo-cut-0", LONG))
    assert (text, type(error)) == ("", errors.ModelUnavailable)


async def test_a_completion_that_breaks_off_is_an_error(model):
    with pytest.raises(errors.ModelUnavailable):
        await model.complete(ask("demo-cut-3", LONG))


async def test_rubbish_is_unreadable(model):
    text, error = await failure(model, ask("demo-rubbish", "Hello"))
    assert (text, type(error)) == ("", errors.ModelUnavailable)
    assert "unreadable" in str(error)


async def test_silence_ends_in_time_whatever_the_retries(steady, open_at, demo):
    model = open_at(demo.base_url, timeout_s=0.3, max_retries=2)
    time = asyncio.get_running_loop().time
    started = time()
    text, error = await failure(model, ask("demo-hang", "Hello"))
    assert (text, type(error)) == ("", errors.ModelTimeout)
    assert 0.25 < time() - started < 1.8  # three tries take longer
    await aborted(demo)


async def test_a_server_that_is_not_there_is_unavailable(open_at, demo):
    await demo.close()
    text, error = await failure(open_at(demo.base_url), ask("demo", "Hello"))
    assert (text, type(error)) == ("", errors.ModelUnavailable)


async def test_an_unknown_name_is_unavailable(open_at):
    model = open_at("http://no-such-host.invalid/v1")
    _, error = await failure(model, ask("demo", "Hello"))
    assert isinstance(error, errors.ModelUnavailable)


async def test_closing_the_stream_ends_it_upstream(model, demo):
    stream = model.stream(ask("demo-slow-1", LONG))
    async for _ in stream:
        break
    await stream.aclose()
    await aborted(demo)


async def test_cancelling_the_reader_ends_it_upstream(model, demo):
    task = asyncio.create_task(read(model, ask("demo-slow-1", LONG)))
    while not demo.stats.streams:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await aborted(demo)


async def test_cancelling_before_the_first_byte_ends_it_upstream(model, demo):
    task = asyncio.create_task(model.complete(ask("demo-hang", LONG)))
    while not demo.stats.requests:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await aborted(demo)


@pytest.fixture
def unhurried(monkeypatch):
    """However late a stream ends, it is waited for."""
    monkeypatch.setattr(base, "_GOODBYE_S", 30)


async def test_a_finished_stream_leaves_its_connection_for_the_next(
    unhurried, model, demo
):
    for _ in range(5):
        await read(model, ask("demo-fast", "Hello"))
    assert demo.stats.aborted == 0
    assert len(demo._runner.server.connections) == 1


async def test_a_connection_is_kept_though_its_stream_ends_late(
    unhurried, open_at, scripted, api
):
    body = wire.sse(wire.text(api, "Hi"), *wire.end(api))
    scripted.answers_in_chunks([body, 0.03])
    model = open_at(scripted.base_url)
    for _ in range(3):
        assert (await read(model, ask("m", "Hello")))[0] == "Hi"
    assert (len(scripted.requests), scripted.connections) == (3, 1)


async def test_many_streams_run_side_by_side(model, demo):
    replies = await asyncio.gather(
        *(read(model, ask("demo-slow-2000", f"{LONG} {n}")) for n in range(60))
    )
    assert [text for text, _ in replies] == [expected(f"{LONG} {n}") for n in range(60)]
    assert demo.stats.streams == 60


class Pauses:
    def __init__(self, seconds: float) -> None:
        self.asked, self.seconds = 0, seconds

    def pause(self) -> float:
        self.asked += 1
        return self.seconds


async def test_the_pacer_is_asked_between_reads(steady, model):
    free, slow = Pauses(0), Pauses(0.05)
    request = ask("demo-slow-400", LONG, limit=80)
    assert (await read(model, request, free)) == (await read(model, request, slow))
    assert free.asked > 0
    # 80 tokens in 0.3 s: with pauses, one read carries many of them.
    assert 0 < slow.asked < 20


def test_both_apis_are_in_the_table():
    assert sorted(PROVIDERS) == ["chat", "responses"]
    with pytest.raises(KeyError):
        open_model("telepathy", ModelServer())


async def test_a_model_can_be_closed_unused(open_at: OpenModel, demo: DemoModel):
    model = open_at(demo.base_url)
    await model.close()


async def aborted(demo: DemoModel) -> None:
    """Wait until the server has seen its client leave."""
    async with asyncio.timeout(30):
        while not demo.stats.aborted:
            await asyncio.sleep(0.01)
    assert demo.stats.aborted == 1
