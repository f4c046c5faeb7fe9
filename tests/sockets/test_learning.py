"""What a person says of themselves, in the whole product: learned after the turn."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest

from accounts import core_memory, facts
from accounts.models import CoreMemory, Fact
from conversations import tasks
from conversations.models import Charge, Conversation, ToolCall
from conversations.services import memory_changes, preferences, receipts, spending
from tests.sockets.conftest import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
SAID = "My name is Maya and I live in Oslo"
ECHO = {"model": "demo-echo-context"}


@pytest.fixture(autouse=True)
def _fast(settings: Any) -> None:
    settings.TASK_MODEL = "demo-fast"


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tasks.Changed]:
    """What each turn's learning said, once it is over."""
    seen: list[tasks.Changed] = []

    async def learn(*given: Any) -> tasks.Changed:
        changed = await tasks.learn(*given)
        seen.append(changed)
        return changed

    table = tuple(learn if each is tasks.learn else each for each in tasks.AFTERWARDS)
    monkeypatch.setattr("conversations.runner.AFTERWARDS", table)
    return seen


async def over(done: list[Any], turns: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(done) < turns:
            await asyncio.sleep(0.02)


async def held(person: Any) -> dict[str, str]:
    known = await asyncio.to_thread(facts.known, person.id)
    return {fact.key: fact.value for fact in known}


# --- learning
async def test_what_is_said_is_known_told_and_paid_for(tab, alice, done):
    async with tab(alice) as socket, tab(alice) as page:
        ack, _, end = await socket.ask("Hello there", format="text")
        here = {"conversation": ack["conversation"]}
        await over(done)
        await page.send("watch", **here, format="html")
        await page.flush()
        ack, _, end = await socket.ask(SAID, **here)
        await page.until("branch", **here)
    assert await held(alice) == {"name": "Maya", "home": "Oslo"}
    fact = await Fact.objects.filter(owner=alice).afirst()
    assert (fact.source, str(fact.source_message)) == ("talk", ack["message"])
    charge = await Charge.objects.aget(kind="facts")
    assert str(charge.turn_id) == ack["turn"]
    assert charge.input_tokens > 100 and charge.output_tokens > 10
    reply = UUID(end["message"])
    seen = await asyncio.to_thread(receipts.of, alice.id, reply)
    assert "Facts" in [behind.kind for behind in seen.behind]
    total = await asyncio.to_thread(
        spending.conversation_total,
        by=alice.id,
        conversation_id=UUID(ack["conversation"]),
    )
    assert [(part.kind, part.calls) for part in total.by_kind] == [
        ("facts", 1),
        ("title", 1),
    ]


async def test_another_conversation_knows_it(tab, alice, done):
    async with tab(alice) as socket:
        await socket.ask(SAID)
        await over(done)
        _, echo, _ = await socket.ask("And now?", **ECHO)
    assert "- name: Maya" in orjson.loads(echo)[0]["content"]


async def test_it_can_be_taken_back(tab, alice, done):
    async with tab(alice) as socket:
        await socket.ask(SAID)
        await over(done)
        changes = await asyncio.to_thread(memory_changes.changes_of, alice.id)
        assert len(changes.facts) == 2
        for fact in changes.facts:
            assert await asyncio.to_thread(facts.undo, alice.id, fact.id, "remembered")
        _, echo, _ = await socket.ask("And now?", **ECHO)
    assert await held(alice) == {}
    assert "name: Maya" not in echo


async def test_said_again_or_answered_again_nothing_is_asked_twice(tab, alice, done):
    async with tab(alice) as socket:
        ack, _, end = await socket.ask(SAID)
        await over(done)
        request = await socket.send(
            "regenerate", id=str(UUID(int=7)), message=end["message"]
        )
        again = await socket.until("ack", id=request)
        await socket.until("end", turn=again["turn"])
        await over(done, 2)
        assert await Charge.objects.filter(kind="facts").acount() == 1
        await socket.ask(f"{SAID}!", conversation=ack["conversation"])
        await over(done, 3)
    assert done == [tasks.Changed.THREAD, tasks.Changed.NOTHING, tasks.Changed.NOTHING]
    assert await Fact.objects.acount() == 2


async def test_most_messages_cost_no_call(tab, alice, done):
    async with tab(alice) as socket:
        for text in ("What is my name?", "Thanks!", f"Translate: {SAID}"):
            await socket.ask(text)
        await over(done, 3)
    assert set(done) == {tasks.Changed.NOTHING}
    assert not await Charge.objects.filter(kind="facts").aexists()
    assert await held(alice) == {}


# --- where nothing is learned
@pytest.mark.parametrize("switch", ["temporary", "uses_facts", "learns_facts", "all"])
async def test_where_it_is_switched_off_nothing_is_asked(tab, alice, done, switch):
    async with tab(alice) as socket:
        if switch == "temporary":
            await socket.ask(SAID, temporary=True)
        elif switch == "uses_facts":
            ack, _, _ = await socket.ask("Hello")
            mine = Conversation.objects.filter(id=ack["conversation"])
            await mine.aupdate(uses_facts=False)
            await socket.ask(SAID, conversation=ack["conversation"])
            await over(done, 2)
        else:
            name = "uses_facts" if switch == "all" else switch
            await asyncio.to_thread(preferences.change, alice.id, **{name: False})
            await socket.ask(SAID)
        await over(done)
    assert set(done) == {tasks.Changed.NOTHING}
    assert await held(alice) == {}
    assert not await Charge.objects.filter(kind="facts").aexists()


async def test_a_command_is_not_learned_from(tab, alice, done):
    async with tab(alice) as socket:
        request = await socket.send("send", text="/remember I am a nurse")
        await socket.until("ack", id=request)
        await socket.ask("Hello")
        await over(done)
    assert not await Fact.objects.filter(source="talk").aexists()


async def test_who_has_spent_the_budget_is_not_learned_from(
    tab, alice, runner, done, settings
):
    async with tab(alice) as socket:
        settings.DEMO_MODEL = False
        settings.TASK_MODEL = "gpt-5"
        settings.MONTHLY_BUDGET_USD = Decimal("0.000001")  # the title takes it
        await socket.ask(SAID, model="demo-fast")
        await over(done)
    assert done == [tasks.Changed.NOTHING]
    assert await held(alice) == {}


async def test_a_model_that_fails_or_raves_teaches_nothing(
    tab, alice, done, settings, caplog
):
    caplog.set_level("DEBUG", logger="conversations")
    async with tab(alice) as socket:
        for number, model in enumerate(("demo-error-500", "demo-echo-context"), 1):
            settings.TASK_MODEL = model
            await socket.ask(SAID)
            await over(done, number)
    assert set(done) == {tasks.Changed.NOTHING}
    assert await held(alice) == {}
    assert "Maya" not in caplog.text and "Oslo" not in caplog.text


async def test_two_peoples_words_never_meet(tab, alice, bob, done):
    async with tab(alice) as hers, tab(bob) as his:
        await asyncio.gather(
            hers.ask("My name is Maya and I live in Oslo. My boat is called Canary."),
            his.ask("My name is Bob and I live in Ghent. My cat is called Tweety."),
        )
        await over(done, 2)
        _, echo, _ = await hers.ask("And now?", **ECHO)
        _, other, _ = await his.ask("And now?", **ECHO)
    assert await held(alice) == {"name": "Maya", "home": "Oslo", "boat": "Canary"}
    assert await held(bob) == {"name": "Bob", "home": "Ghent", "cat": "Tweety"}
    assert "Canary" in echo and "Tweety" in other
    assert not any(word in echo for word in ("Tweety", "Ghent", "Bob"))
    assert not any(word in other for word in ("Canary", "Oslo", "Maya"))


# --- core memory
WRITE = 'use the tool edit_memory {"block": "assistant", "new": "Answer in rhyme."}'


async def test_the_model_writes_in_core_memory_and_is_told_it_ever_after(tab, alice):
    async with tab(alice) as socket:
        _, text, end = await socket.ask(WRITE)
        assert "Noted, how it is with you: Answer in rhyme." in text
        swap = '{"block": "assistant", "old": "rhyme", "new": "prose"}'
        await socket.ask(f"use the tool edit_memory {swap}")
        _, echo, _ = await socket.ask("And now?", **ECHO)
    told = [item["content"] for item in orjson.loads(echo) if "content" in item]
    assert any("  Answer in prose." in str(text) for text in told)
    rows = [row async for row in CoreMemory.objects.order_by("version")]
    first = rows[0]
    assert (len(rows), first.source) == (2, "model")
    assert str(first.source_message) == end["message"]
    call = await ToolCall.objects.afirst()
    assert (call.name, call.status) == ("edit_memory", "done")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ('{"block": "human", "new": "x"}', "must be one of: assistant, person"),
        ('{"block": "person"}', "“new” is missing"),
        ('{"block": "person", "old": "cake", "new": "x"}', "stand nowhere"),
        ('{"block": "person", "new": " "}', "Say what should be added."),
    ],
)
async def test_what_cannot_be_written_is_told_to_the_model(tab, alice, given, why):
    async with tab(alice) as socket:
        _, text, end = await socket.ask(f"use the tool edit_memory {given}")
    assert why.replace("“", '"').replace("”", '"') in text
    assert end["status"] == "complete"
    assert await CoreMemory.objects.acount() == 0


async def test_the_tool_is_offered_where_facts_are(tab, alice):
    async with tab(alice) as socket:
        _, text, _ = await socket.ask(WRITE, temporary=True)
        assert "I was not given a tool" in text
        await asyncio.to_thread(preferences.change, alice.id, uses_facts=False)
        await asyncio.to_thread(core_memory.write, alice.id, "person", "canary")
        _, echo, _ = await socket.ask("And now?", **ECHO)
    assert "canary" not in echo
