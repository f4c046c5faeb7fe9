"""Tools in the whole product: the demo model asks, the product runs and records."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import orjson
import pytest
from django.db import connection

from accounts import facts
from accounts.models import Fact
from conversations import runner as runner_module
from conversations import tools
from conversations.core.model_api import ToolSpec
from conversations.core.tools import ToolResult
from conversations.models import Conversation, Message, ToolCall, Turn
from conversations.providers import base
from conversations.services import preferences, receipts, takeover
from tests.sockets.conftest import PATIENCE, opened, session_of, until

pytestmark = pytest.mark.django_db(transaction=True)

REMEMBER = 'use the tool remember {"key": "diet", "value": "vegan"}'
ECHO = {"model": "demo-echo-context"}


class Slow:
    """Waits until the test lets it go; counts how often it was begun."""

    needs: ClassVar = "facts"
    spec: ClassVar = ToolSpec("wait", "Wait.", {"type": "object", "properties": {}})
    begun: ClassVar = 0
    cancelled: ClassVar = 0

    def __init__(self, bench: Any) -> None:
        pass

    async def run(self, arguments: dict[str, Any], call: Any) -> ToolResult:
        Slow.begun += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            Slow.cancelled += 1
            raise


class Counted(Slow):
    """Answers at once."""

    spec: ClassVar = ToolSpec("count", "Count.", {"type": "object", "properties": {}})
    ran: ClassVar = 0

    async def run(self, arguments: dict[str, Any], call: Any) -> ToolResult:
        Counted.ran += 1
        return ToolResult(f"Counted to {Counted.ran}")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> type[Slow]:
    monkeypatch.setattr(tools, "TOOLS", (*tools.TOOLS, Slow, Counted))
    Slow.begun = Slow.cancelled = Counted.ran = 0
    return Slow


async def known(person: Any) -> dict[str, Fact]:
    return {f.key: f for f in await asyncio.to_thread(facts.known, person.id)}


def told(socket: Any) -> list[tuple[str, str, str]]:
    frames = [frame for frame in socket.seen if frame["type"] == "tool"]
    return [(frame["name"], frame["status"], frame["summary"]) for frame in frames]


def asks_to_run(name: str) -> str:
    return f"use the tool {name} {{}}"


# --- what a call does
async def test_what_the_model_remembers_is_a_fact_and_a_record(tab, alice):
    async with tab(alice) as socket:
        _, text, end = await socket.ask(REMEMBER)
    fact = (await known(alice))["diet"]
    assert (fact.value, fact.source) == ("vegan", "model")
    assert str(fact.source_message) == end["message"]
    call = await ToolCall.objects.aget()
    assert (call.name, call.status, call.output) == (
        "remember",
        "done",
        "Remembered diet: vegan",
    )
    assert orjson.loads(call.input) == {"key": "diet", "value": "vegan"}
    assert "Remembered diet: vegan" in text
    assert end["status"] == "complete"
    assert end["usage"]["input"] > 0


async def test_no_word_of_a_call_is_readable_in_the_database(tab, alice):
    async with tab(alice) as socket:
        await socket.ask(REMEMBER)

    def rows() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT input, output, short FROM conversations_toolcall")
            return cursor.fetchall()

    ((given, gave, _),) = await asyncio.to_thread(rows)
    for sealed in (given, gave):
        assert bytes(sealed) and b"vegan" not in bytes(sealed)


async def test_the_frames_of_calls_come_in_order_and_the_text_adds_up(tab, alice):
    async with tab(alice) as socket:
        asked = f'{REMEMBER} and use the tool forget {{"key": "diet"}}'
        _, text, end = await socket.ask(asked)
        kinds = [f["type"] for f in socket.seen if f.get("turn") == end["turn"]]
    assert text == (await Message.objects.aget(id=end["message"])).body
    assert told(socket) == [
        ("remember", "running", "Remember…"),
        ("forget", "running", "Forget…"),
        ("remember", "done", "Remembered diet: vegan"),
        ("forget", "done", "Forgot diet"),
    ]
    last_call = max(at for at, kind in enumerate(kinds) if kind == "tool")
    assert kinds.index("snapshot") < kinds.index("tool")
    assert last_call < kinds.index("delta")
    assert kinds[-1] == "end"
    assert await known(alice) == {}


async def test_the_next_turn_is_shown_the_call_with_its_result(tab, alice):
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask(REMEMBER)
        _, echo, end = await socket.ask(
            "And now?", conversation=ack["conversation"], **ECHO
        )
    items = orjson.loads(echo)
    kinds = [item.get("type", "message") for item in items]
    at = kinds.index("function_call")
    assert kinds[at + 1] == "function_call_output"
    assert items[at]["call_id"] == items[at + 1]["call_id"]
    assert items[at + 1]["output"] == "Remembered diet: vegan"
    assert (end["status"], items[-1]["content"]) == ("complete", "And now?")


# --- what goes wrong
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("use the tool remember {}", 'The argument "key" is missing.'),
        (
            'use the tool remember {"key": 5, "value": "x"}',
            'The argument "key" must be of type string.',
        ),
        (
            'use the tool forget {"key": "shoe size"}',
            "Nothing is remembered as “shoe size”.",
        ),
        (
            'use the tool remember {"key": "a", "value": "b", "importance": 7}',
            "Importance is a number from 0 to 1.",
        ),
    ],
)
async def test_a_call_that_cannot_be_done_is_told_and_the_reply_goes_on(
    tab, alice, asked, why
):
    async with tab(alice) as socket:
        _, text, end = await socket.ask(asked)
    assert end["status"] == "complete"
    assert f"Error: {why}" in text
    assert told(socket)[-1][1:] == ("failed", why)
    assert (await ToolCall.objects.aget()).status == "failed"
    assert await known(alice) == {}


async def test_more_arguments_than_there_are_do_no_harm(tab, alice):
    more = '{"key": "diet", "value": "vegan", "owner": "bob", "colour": 1}'
    async with tab(alice) as socket:
        await socket.ask(f"use the tool remember {more}")
    assert list(await known(alice)) == ["diet"]


# --- where no facts go
async def offered_to(socket: Any, person: Any, **fields: Any) -> str:
    """What went over the wire, with the tools."""
    _, _, end = await socket.ask("What is there?", **fields)
    reply = UUID(end["message"])
    prompt = await asyncio.to_thread(receipts.exact_prompt, person.id, reply)
    return re.sub(r"\s", "", prompt)


async def test_facts_tools_are_offered_only_where_facts_may_go(tab, alice):
    async with tab(alice) as socket:
        assert '"name":"remember"' in await offered_to(socket, alice)
        for switch in ({"temporary": True}, {"uses_facts": False}):
            ack, _, _ = await socket.ask("Hello")
            mine = Conversation.objects.filter(id=ack["conversation"])
            await mine.aupdate(**switch)
            here = {"conversation": ack["conversation"]}
            assert "remember" not in await offered_to(socket, alice, **here)
            _, text, _ = await socket.ask(REMEMBER, **here)
            assert "I was not given a tool" in text
        await asyncio.to_thread(preferences.change, alice.id, uses_facts=False)
        assert "remember" not in await offered_to(socket, alice)
    assert await known(alice) == {}


# --- stopping, dying, coming later
async def running_call(socket: Any, text: str = asks_to_run("wait")) -> dict[str, Any]:
    request = await socket.send("send", text=text)
    ack = await socket.until("ack", id=request)
    await socket.until("tool", turn=ack["turn"], status="running")
    await until(lambda: Slow.begun > 0)
    return ack


async def test_stopping_in_a_call_cancels_it_and_the_next_turn_is_valid(
    slow, tab, alice, runner, monkeypatch
):
    monkeypatch.setattr(base, "_GOODBYE_S", PATIENCE)  # however late a stream ends
    async with tab(alice) as socket:
        ack = await running_call(socket)
        await socket.send("stop", turn=ack["turn"], seen=0)
        text, end = await socket.reply(ack["turn"])
        assert (text, end["status"]) == ("", "stopped")
        assert told(socket)[-1] == ("wait", "cancelled", "Wait: stopped")
        assert slow.cancelled == 1
        call = await ToolCall.objects.aget()
        assert (call.status, call.output) == ("cancelled", "")
        assert call.finished is not None
        _, echo, end = await socket.ask(
            "And now?", conversation=ack["conversation"], **ECHO
        )
    assert end["status"] == "complete"
    items = orjson.loads(echo)
    at = next(n for n, i in enumerate(items) if i.get("type") == "function_call")
    assert items[at + 1]["output"].startswith("Cancelled")
    # nothing was open while the tool ran, and nothing is now
    assert runner._demo.stats.aborted == 0


async def test_who_comes_in_the_middle_of_a_call_is_told_of_it(slow, tab, alice):
    async with tab(alice) as here, tab(alice) as there:
        ack = await running_call(here)
        for format in ("text", "html"):
            watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
            await there.send("watch", **watch, format=format)
            await there.until("snapshot", turn=ack["turn"])
            await there.until("tool", turn=ack["turn"], status="running")
        await here.send("stop", turn=ack["turn"])
        await there.until("tool", turn=ack["turn"], status="cancelled")


async def test_the_calls_of_a_turn_are_told_where_another_process_runs_it(
    slow, long_lives, runner, other, tab_on, alice
):
    asked = f"{asks_to_run('count')} and {asks_to_run('wait')}"
    async with tab_on(runner, alice) as here, tab_on(other, alice) as there:
        first, _, _ = await here.ask("Hello")
        where = {"conversation": first["conversation"]}
        await there.send("watch", **where, format="text")
        ack = await here.until("ack", id=await here.send("send", text=asked, **where))
        await there.until("tool", turn=ack["turn"], name="wait", status="running")
        async with tab_on(other, alice) as late:
            for format in ("text", "html"):
                await late.send("watch", **where, turn=ack["turn"], format=format)
                await late.until("snapshot", turn=ack["turn"])
                await late.until("tool", name="count", status="done")
                await late.until("tool", name="wait", status="running")
        await there.send("stop", turn=ack["turn"])
        await there.until("end", turn=ack["turn"], status="stopped")
        await here.until("end", turn=ack["turn"])
    mine = [frame for frame in there.seen if frame.get("turn") == ack["turn"]]
    assert [frame["type"] for frame in mine[:2]] == ["turn", "snapshot"]
    lines = [line for line in told(there) if line != ("count", "running", "Count…")]
    assert lines == [  # each once
        ("count", "done", "Counted to 1"),
        ("wait", "running", "Wait…"),
        ("wait", "cancelled", "Wait: stopped"),
    ]
    calls = {frame["call"] for frame in mine if frame["type"] == "tool"}
    assert calls == {call.call_id async for call in ToolCall.objects.all()}


async def test_who_takes_over_tells_how_the_calls_before_went(
    slow, long_lives, runner, other, tab_on, alice, monkeypatch
):
    asked = f"{asks_to_run('count')} and {asks_to_run('wait')}"
    async with tab_on(runner, alice) as there:
        async with tab_on(other, alice) as here:
            ack = await running_call(here, asked)
            watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
            await there.send("watch", **watch, format="text")
            await there.until("tool", name="wait", status="running")
            monkeypatch.setattr(Slow, "run", Counted.run)
            await other.close(grace=0)
            monkeypatch.setattr(takeover, "STALE", timedelta(0))
        await there.until("end", turn=ack["turn"], status="complete")
    assert ("count", "done", "Counted to 1") in told(there)
    assert told(there)[-1] == ("wait", "cancelled", "Wait: stopped")


@pytest.mark.parametrize("end", ["it is ended", "it dies"])
async def test_a_finished_call_is_not_run_again_by_who_takes_over(
    slow, long_lives, runner, other, alice, monkeypatch, end
):
    answered = asyncio.get_running_loop().create_future()
    answered.set_result(other)
    monkeypatch.setattr(runner_module, "_opening", answered)
    asked = f"{asks_to_run('count')} and {asks_to_run('wait')}"
    async with opened(await asyncio.to_thread(session_of, alice)) as socket:
        await socket.send("send", text=asked)
        await until(lambda: slow.begun == 1)
        monkeypatch.setattr(Slow, "run", Counted.run)  # it would answer elsewhere
        if end == "it is ended":
            await other.close(grace=0)
        for loop in other._loops:  # no heart beats any more
            loop.cancel()
        monkeypatch.setattr(takeover, "STALE", timedelta(0))

    ended = Turn.objects.filter(status="complete")
    async with asyncio.timeout(PATIENCE):
        while not await ended.aexists():
            await asyncio.sleep(0.1)
    assert (await Turn.objects.aget()).runner == runner.id
    assert Counted.ran == 1
    calls = [(c.name, c.status) async for c in ToolCall.objects.order_by("id")]
    assert calls == [("count", "done"), ("wait", "cancelled")]
    reply = await Message.objects.aget(role="assistant")
    assert "Counted to 1" in reply.body
    assert "Cancelled: the reply was stopped" in reply.body


async def test_a_conversation_may_be_temporary_from_its_first_message(tab, alice):
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("Hello", temporary=True)
        here = {"conversation": ack["conversation"]}
        call = 'use the tool remember {"key": "diet", "value": "vegan"}'
        _, reply, _ = await socket.ask(call, **here)
    assert "not given a tool" in reply
    assert (await Conversation.objects.aget(id=ack["conversation"])).temporary
    assert not await Fact.objects.filter(owner=alice).aexists()
