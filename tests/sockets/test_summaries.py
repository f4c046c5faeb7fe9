"""Summaries beside the talk: made by the model after a turn, or when asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest

from conversations import tasks
from conversations.core.context.turns import KEPT_TURNS
from conversations.core.summaries import DUE_TURNS
from conversations.models import Charge, Message, Summary, Turn
from conversations.providers import ModelServer, open_model
from conversations.runner import running
from conversations.services import conversation_settings
from tests.providers.scripted import PAUSE, ScriptedServer
from tests.sockets.conftest import PATIENCE, quiet

pytestmark = pytest.mark.django_db(transaction=True)
ENOUGH = KEPT_TURNS + DUE_TURNS


@pytest.fixture(autouse=True)
def _fast(settings: Any) -> None:
    settings.TASK_MODEL = "demo-fast"


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    server = await ScriptedServer.start()
    yield server
    await server.close()


@pytest.fixture
async def other(scripted: ScriptedServer) -> AsyncIterator[Any]:
    """A model that answers what ``scripted`` is told to."""
    server = ModelServer(scripted.base_url, "key", timeout_s=PATIENCE, max_retries=0)
    model = open_model("chat", server)
    yield model
    await model.close()


def answers(scripted: ScriptedServer, text: str, **usage: int) -> None:
    answer: dict[str, Any] = {"choices": [{"message": {"content": text}}]}
    if usage:
        answer["usage"] = usage
    scripted.answers(json.dumps(answer).encode(), kind="application/json")


async def talk(socket: Any, turns: int = ENOUGH, strategy: str = "summary") -> UUID:
    """A conversation that begins with a name and goes on. What is done after a turn is
    done before the last, which would leave to it what is under way, and at the end.
    """
    asked = {"strategy": strategy}
    ack, _, _ = await socket.ask("My name is Maya and I bake.", **asked)
    here = {"conversation": ack["conversation"], **asked}
    for number in range(1, turns):
        if number == turns - 1:
            await quiet(running())
        await socket.ask(
            f"Loaf {number} was baked with rye and a cold starter.", **here
        )
    await quiet(running())
    return UUID(ack["conversation"])


async def made(number: int) -> Summary:
    """The summary of that version, which may still be on its way."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await Summary.objects.filter(version=number).afirst()
            if found is not None:
                return found
            await asyncio.sleep(0.05)


async def compact(socket: Any, conversation: UUID) -> str:
    here = str(conversation)
    request = await socket.send("send", text="/compact", conversation=here)
    ack = await socket.until("ack", id=request)
    assert ack["notice"] == "Summarising the older part of this conversation."
    return (await socket.until("notice", conversation=here))["message"]


# --- after a turn
@pytest.mark.parametrize("strategy", ["summary", "hybrid"])
async def test_a_name_said_long_ago_is_known_from_the_summary(tab, alice, strategy):
    async with tab(alice) as socket:
        conversation = await talk(socket, strategy=strategy)
        summary = await made(1)
        assert "Maya" in summary.text
        here = {"conversation": str(conversation), "strategy": strategy}
        for text in ("Is rye good?", "And spelt?"):
            await socket.ask(text, **here)
        ack, text, _ = await socket.ask("What is my name?", **here)
    assert "Maya" in text
    turn = await Turn.objects.aget(id=ack["turn"])
    blocks = {each["kind"]: each for each in orjson.loads(turn.receipt)["blocks"]}
    first = await Message.objects.aget(conversation=conversation, parent=None)
    assert blocks["summary"]["source"] == str(summary.id)
    assert str(first.id) not in blocks["recent"]["messages"]


async def test_it_is_paid_for_and_the_pages_are_told(tab, alice):
    async with tab(alice) as socket, tab(alice) as page:
        conversation = await talk(socket, ENOUGH - 1)
        here = {"conversation": str(conversation)}
        await page.send("watch", **here, format="html")
        await page.flush()
        await socket.ask("And the last?", **here, strategy="summary")
        await page.until("branch", **here)
    summary = await Summary.objects.aget()
    assert (summary.covered, summary.edited) == (2 * DUE_TURNS, False)
    charges = Charge.objects.filter(conversation=conversation).order_by("id")
    kinds = [(c.kind, c.input_tokens > 0, c.output_tokens > 0) async for c in charges]
    assert kinds == [(kind, True, True) for kind in ("title", "facts", "summary")]
    last = await Turn.objects.alatest("id")
    assert (await charges.alast()).turn_id == last.id


async def test_a_server_that_names_no_usage_is_charged_by_our_own_count(
    tab, alice, runner, other, scripted
):
    async with tab(alice) as socket:
        conversation = await talk(socket, KEPT_TURNS + 2)
    answers(scripted, "- User: Maya bakes.")
    await tasks.summarise_now(runner.store, other, conversation)
    charge = await Charge.objects.aget(kind="summary")
    assert (charge.input_tokens > 100, charge.output_tokens) == (True, 7)


async def test_who_has_spent_the_budget_gets_no_summary_and_is_told(
    tab, alice, runner, other, scripted, settings
):
    async with tab(alice) as socket:
        conversation = await talk(socket, KEPT_TURNS + 2)
    settings.DEMO_MODEL = False
    settings.TASK_MODEL = "gpt-5"
    settings.MONTHLY_BUDGET_USD = Decimal("0.000001")
    answers(scripted, "- User: Maya.", prompt_tokens=9_000, completion_tokens=9)
    now = tasks.summarise_now
    assert await now(runner.store, other, conversation) == (4, "4 messages summarised.")
    stored, told = await tasks.summarise_again(runner.store, other, conversation)
    assert stored == 0 and "budget" in told
    assert len(scripted.requests) == 1


# --- answers that are none
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "it is empty"),
        ("<think>Maya, it seems, and rye", "it is empty"),
        ("Baked. " * 900, "it is no shorter than what it stands for"),
    ],
)
async def test_a_bad_answer_replaces_nothing_and_is_told_by_its_reason(
    tab, alice, runner, other, scripted, caplog, answer, reason
):
    caplog.set_level("INFO")
    async with tab(alice) as socket:
        conversation = await talk(socket)
        good = await made(1)
        for number in range(DUE_TURNS - 1):
            here = {"conversation": str(conversation), "strategy": "summary"}
            await socket.ask(f"And loaf {number} once more, with rye?", **here)
        await quiet(runner)
        usual, runner.model = runner.model, other
        answers(scripted, answer)
        assert await compact(socket, conversation) == (
            f"The summary was not usable: {reason}."
        )
        turn = await Turn.objects.alatest("id")
        work = await runner.store.summary_due_now(conversation)
        with suppress(tasks.BadSummary):
            await tasks._summarise(runner.store, other, work, turn.id)
        runner.model = usual
    assert await Summary.objects.aget() == good
    assert "rye" not in caplog.text.lower() and "baked" not in caplog.text.lower()


async def test_a_model_that_fails_is_told_and_asked_again_later(
    tab, alice, runner, other, scripted
):
    async with tab(alice) as socket:
        conversation = await talk(socket, KEPT_TURNS + 2)
        usual, runner.model = runner.model, other
        scripted.fails("500 Oh", "no")
        told = await compact(socket, conversation)
        assert told.startswith("No summary was made. ")
        runner.model = usual
        assert await compact(socket, conversation) == "4 messages summarised."


# --- when somebody asks
async def test_compact_summarises_now_and_tells_every_tab(tab, alice, bob):
    async with tab(alice) as socket, tab(alice) as two, tab(bob) as his:
        conversation = await talk(socket, KEPT_TURNS + 1, strategy="window")
        assert await compact(socket, conversation) == "2 messages summarised."
        assert (await two.until("notice"))["conversation"] == str(conversation)
        assert await compact(socket, conversation) == (
            "There is nothing to summarise yet."
        )
        await his.send("ping")
        await his.until("pong")
        assert "notice" not in {frame["type"] for frame in his.seen}
    assert (await Summary.objects.aget()).covered == 2


async def test_compact_asked_again_by_a_lost_line_is_done_once(tab, alice, runner):
    async with tab(alice) as socket:
        conversation = await talk(socket, KEPT_TURNS + 1)
        request = await socket.send(
            "send", text="/compact", conversation=str(conversation)
        )
        await socket.until("notice")
        await socket.send(
            "send", id=request, text="/compact", conversation=str(conversation)
        )
        await socket.until("ack", id=request)
        await quiet(runner)
    assert await Charge.objects.filter(kind="summary").acount() == 1


async def test_a_conversation_that_keeps_none_says_so(tab, alice):
    async with tab(alice) as socket:
        conversation = await talk(socket, 2)
        await asyncio.to_thread(
            conversation_settings.set_flags,
            by=alice.id,
            conversation_id=conversation,
            summarises=False,
        )
        request = await socket.send(
            "send", text="/compact", conversation=str(conversation)
        )
        ack = await socket.until("ack", id=request)
        assert ack["notice"].startswith("This conversation keeps no summary")


async def test_the_summary_there_is_can_be_made_anew(tab, alice, runner):
    async with tab(alice) as socket:
        conversation = await talk(socket)
        first = await made(1)
        runner.summarise(conversation, anew=True)
        told = (await socket.until("notice"))["message"]
    second = await made(2)
    assert told == "12 messages summarised anew."
    assert (second.covers_id, second.text) == (first.covers_id, first.text)


# --- two at once, and none
async def test_two_wishes_at_once_make_one_summary(tab, alice, runner):
    async with tab(alice) as socket:
        conversation = await talk(socket, KEPT_TURNS + 2)
        both = (
            tasks.summarise_now(runner.store, runner.model, conversation)
            for _ in range(2)
        )
        told = [told for _, told in await asyncio.gather(*both)]
    assert told == ["4 messages summarised.", "There is nothing to summarise yet."]
    assert await Charge.objects.filter(kind="summary").acount() == 1


async def test_of_two_processes_one_keeps_its_summary(tab, alice, runner):
    async with tab(alice) as socket:
        conversation = await talk(socket, KEPT_TURNS + 2)
    works = [await runner.store.summary_due_now(conversation) for _ in range(2)]
    made = await asyncio.gather(
        *(tasks._try(runner.store, runner.model, work) for work in works)
    )
    assert sorted(made) == ["", tasks.TOO_LATE]
    assert await Summary.objects.acount() == 1


async def test_one_under_way_dies_with_its_process_and_leaves_nothing(
    tab, alice, runner, other, scripted
):
    scripted.answers([b'{"choices": [', PAUSE], kind="application/json")
    async with tab(alice) as socket:
        conversation = await talk(socket, KEPT_TURNS + 2)
        usual, runner.model = runner.model, other
        runner.summarise(conversation)
        async with asyncio.timeout(PATIENCE):
            while not scripted.requests:
                await asyncio.sleep(0.02)
        _, text, end = await answered_by(runner, usual, socket, conversation)
        assert end["status"] == "complete" and text  # no reply waits for it
        runner.model = other
        await runner._background.close()
        await asyncio.wait_for(scripted.left.wait(), PATIENCE)
        runner.model = usual
    assert await Summary.objects.acount() == 0
    assert await Charge.objects.filter(kind="summary").acount() == 0
    assert await runner.store.summary_due_now(conversation) is not None


async def answered_by(runner, model, socket, conversation):
    runner.model = model
    return await socket.ask("And now?", conversation=str(conversation))


async def test_no_word_of_it_is_in_the_log(tab, alice, caplog):
    caplog.set_level("DEBUG", logger="conversations")
    async with tab(alice) as socket:
        await talk(socket)
        summary = await made(1)
    assert "Maya" in summary.text and "Maya" not in caplog.text
