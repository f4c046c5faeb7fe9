"""Placeholders to the model, originals to the person, over the whole application."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import orjson
import pytest

from accounts import facts
from chatsite.lib.fields import SealedTextField
from conversations.core.errors import ReplyCut
from conversations.core.model_api import ToolAsked, ToolUse
from conversations.models import (
    Message,
    ToolCall,
    Turn,
)
from conversations.services import originals, preferences, receipts
from tests.base import client_of
from tests.sockets.conftest import PATIENCE
from tests.sockets.scripted_model import ScriptedModel, install

pytestmark = pytest.mark.django_db(transaction=True)
MAIL, PHONE, CARD = "ann.lee@example.com", "+49 151 23456789", "4111 1111 1111 1111"
ORIGINALS = (MAIL, PHONE, CARD)
ASKED = f"I am {MAIL}, call {PHONE} or charge {CARD}."
REPLY = "So: **[EMAIL_1]**, \\[PHONE\\_1\\] and `[CARD_1]`; not [EMAIL_99], [email_1]."
SHOWN = f"So: **{MAIL}**, {PHONE} and `{CARD}`; not [EMAIL_99], [email_1]."
THREAD = asyncio.to_thread


@pytest.fixture
def vault(settings):
    settings.PII_POLICY = "vault"


@pytest.fixture
def mask(settings):
    settings.PII_POLICY = "mask"


def says(*pieces, complete=str):
    return ScriptedModel(lambda request: pieces, complete)


def stored(message_id):
    """A message as it is sealed, and as its person reads it."""
    row = Message.objects.get(id=message_id)
    return SealedTextField.stored_form(row, "body")[0], row.body


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 200])
async def test_however_a_reply_is_cut_its_person_reads_originals(
    vault, tab, runner, alice, size
):
    model = says(*(REPLY[at : at + size] for at in range(0, len(REPLY), size)))
    install(runner, model)
    async with tab(alice) as socket:
        ack, text, end = await socket.ask(ASKED)
        exported = await THREAD(_exported, alice, ack["conversation"])
    assert ack["redacted"] is True
    assert text == SHOWN == exported  # the deltas are the stored reply
    assert end["offset"] == len(SHOWN)
    placed, whole = await THREAD(stored, end["message"])
    assert (placed, whole) == (
        "So: **[EMAIL_1]**, [PHONE_1] and `[CARD_1]`; not [TEXT_1], [email_1].",
        SHOWN,
    )
    for value in ORIGINALS:
        assert value not in model.sent


def _exported(person, conversation):
    response = client_of(person).get(f"/c/{conversation}/export.json")
    content = b"".join(response.streaming_content)
    return orjson.loads(content)["messages"][-1]["content"]


async def test_a_page_is_shown_originals_in_its_html(vault, tab, runner, alice):
    going = asyncio.Event()
    model = says("One [EMA", going.wait, "IL_1] two", going.wait, " [CARD_1]")
    install(runner, model)
    async with tab(alice) as socket:
        await socket.send("send", text=ASKED, format="html")
        await socket.until("ack")
        await socket.until("turn", status="running")
        going.set()
        end = await socket.until("end")
    shown = "".join(f.get("html", "") for f in socket.seen)
    assert MAIL in shown and CARD in shown
    assert "EMA" not in shown
    assert end["offset"] == len(f"One {MAIL} two {CARD}")


async def test_a_value_that_was_shown_in_no_prompt_is_not_restored(
    vault, tab, runner, alice
):
    install(runner, says("I see."))
    async with tab(alice) as socket:
        await socket.ask(ASKED)
        install(runner, says("Is it [EMAIL_1]?"))
        _, text, end = await socket.ask("Hello")  # another conversation
    assert text == "Is it [EMAIL_1]?"
    assert (await THREAD(stored, end["message"]))[1] == text


async def test_nobody_calls_up_a_value_by_its_name(vault, tab, runner, alice, bob):
    install(runner, says("I see."))
    async with tab(alice) as socket:
        await socket.ask(ASKED)
    install(runner, ScriptedModel(lambda request: [request.items[-1].text]))
    async with tab(bob) as socket:
        _, text, _ = await socket.ask("Say [EMAIL_1]")
    assert text == "Say [EMAIL_1]"


async def test_a_reply_that_broke_off_within_a_placeholder_keeps_its_beginning(
    vault, tab, runner, alice
):
    install(runner, says("It is [EMAIL_1] or [EMA", ReplyCut()))
    async with tab(alice) as socket:
        _, text, end = await socket.ask(ASKED)
    assert (text, end["status"]) == (f"It is {MAIL} or [EMA", "interrupted")


async def test_stopped_within_a_value_no_half_of_it_is_stored(
    vault, tab, runner, alice
):
    wait = asyncio.Event()
    install(runner, says("It is [EMAIL_1]", wait.wait, "."))
    seen = len("It is ann.lee@ex")
    async with tab(alice) as socket:
        request = await socket.send("send", text=ASKED)
        turn = (await socket.until("ack", id=request))["turn"]
        while len(socket.text_of(turn)) < seen:
            await socket.until("delta")
        await socket.send("stop", turn=turn, seen=seen)
        text, end = await socket.reply(turn)
    assert text == "It is ann.lee@ex"
    assert await THREAD(stored, end["message"]) == ("It is [EMAIL_2]", text)


async def test_gone_on_with_a_reply_goes_on_in_its_persons_words(
    vault, tab, runner, alice
):
    install(runner, says("It is [EMAIL_1]. And then", ReplyCut()))
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask(ASKED)
        model = install(runner, says(" it was [PHO", "NE_1]."))
        request = await socket.send("continue", id=str(uuid4()), turn=ack["turn"])
        await socket.until("ack", id=request)
        end = await socket.until("end", status="complete")
    assert {"role": "assistant", "content": "It is [EMAIL_1]. And then"} in model.last()
    shown = f"It is {MAIL}. And then it was {PHONE}."
    assert (await THREAD(stored, end["message"]))[1] == shown
    assert end["offset"] == len(shown)


async def test_another_process_takes_over_in_the_persons_words(
    vault, long_lives, tab, runner, alice
):
    """The first dies without a word; what its checkpoints hold is no original."""
    wait = asyncio.Event()
    install(runner, says("It is [EMAIL_1]", " or", wait.wait))
    async with tab(alice) as socket:
        request = await socket.send("send", text=ASKED)
        turn = (await socket.until("ack", id=request))["turn"]
        async with asyncio.timeout(PATIENCE):
            while "".join(chunks := await THREAD(_chunks, turn))[-3:] != " or":
                await asyncio.sleep(0.02)
        model = says(" [PHONE_1].")
        install(runner, model)
        runner._brakes[UUID(turn)].pull()  # as when the server ends: it is left
        async with asyncio.timeout(PATIENCE):
            while UUID(turn) in runner._brakes:
                await asyncio.sleep(0.01)
        originals.forget()  # another process knows nothing yet
        runner.start(UUID(turn))
        end = await socket.until("end", turn=turn)
    assert "".join(chunks) == "It is [EMAIL_1] or"
    shown = f"It is {MAIL} or {PHONE}."
    placed = "It is [EMAIL_1] or [PHONE_1]."
    assert await THREAD(stored, end["message"]) == (placed, shown)
    assert socket.text_of(turn) == shown
    assert MAIL not in model.sent


def _chunks(turn):
    rows = Turn.objects.get(id=turn).chunks.all()
    return [SealedTextField.stored_form(row, "text")[0] for row in rows]


async def test_tools_work_with_originals_and_models_do_not(vault, tab, runner, alice):
    arguments = orjson.dumps({"key": "reach", "value": "a [PHONE_1]"}).decode()
    rounds = [
        ["Noting.", ToolAsked((ToolUse("c1", "remember", arguments),))],
        ["Done."],
    ]
    model = ScriptedModel(lambda request: rounds.pop(0))
    install(runner, model)
    async with tab(alice) as socket:
        ack, text, _ = await socket.ask(ASKED)
        told = await socket_tool(socket)
    fact = (await THREAD(facts.known, alice.id))[0]
    assert fact.value == f"a {PHONE}"
    assert told["summary"] == f"Remembered reach: a {PHONE}"
    assert model.last()[-1]["output"] == "Remembered reach: a [PHONE_1]"
    assert orjson.loads(model.last()[-2]["arguments"])["value"] == "a [PHONE_1]"
    call = await ToolCall.objects.aget()
    assert orjson.loads(call.input)["value"] == f"a {PHONE}"
    assert PHONE not in model.sent


async def socket_tool(socket):
    return [f for f in socket.seen if f["type"] == "tool" and f["status"] == "done"][0]


async def test_the_receipt_and_the_exact_prompt_are_what_was_sent(
    vault, tab, runner, alice
):
    await THREAD(facts.remember, alice.id, "mail", MAIL)
    await THREAD(preferences.change, alice.id, system_prompt=f"Never mail {MAIL}.")
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask(ASKED)
        talk = ack["conversation"]
        for strategy in ("full", "window", "summary", "recall", "hybrid"):
            ack, said, end = await socket.ask(
                f"And {strategy}, {PHONE}?",
                conversation=talk,
                model="demo-echo-context",
                strategy=strategy,
            )
            exact = await THREAD(receipts.exact_prompt, alice.id, end["message"])
            sent = orjson.dumps(orjson.loads(exact)["input"]).decode()
            placed, _ = await THREAD(stored, end["message"])
            for value in ORIGINALS:
                assert value not in sent
            assert "[EMAIL_1]" in sent and "[PHONE_1]" in sent
            seen = await THREAD(receipts.of, alice.id, end["message"])
            assert {"[EMAIL_1]", "[PHONE_1]"} <= set(seen.placeholders)
            assert said.count(PHONE) == sent.count("[PHONE_1]")


async def test_under_mask_a_reply_is_masked_before_anybody_sees_it(
    mask, tab, runner, alice
):
    pieces = [
        "Ask eve@exam",
        "ple.com or ",
        "+49 151",
        " 2345",
        "6789",
        " or me. ",
        "Bye",
    ]
    model = install(runner, says(*pieces))
    async with tab(alice) as socket:
        _, text, end = await socket.ask(ASKED)
        exported = await THREAD(_exported, alice, end["conversation"])
    assert text == exported == "Ask [EMAIL] or [PHONE] or me. Bye"
    assert end["offset"] == len(text)
    assert await THREAD(stored, end["message"]) == (text, text)
    assert model.last()[-1]["content"] == "I am [EMAIL], call [PHONE] or charge [CARD]."


async def test_under_mask_what_was_shown_is_what_is_stored_when_it_is_stopped(
    mask, tab, runner, alice
):
    wait = asyncio.Event()
    install(runner, says("So then, ask eve@", wait.wait, "example.com."))
    async with tab(alice) as socket:
        request = await socket.send("send", text="hello")
        turn = (await socket.until("ack", id=request))["turn"]
        await socket.until("delta")
        await socket.send("stop", turn=turn)
        text, end = await socket.reply(turn)
    assert "eve" not in text
    assert (await THREAD(stored, end["message"]))[0] == text
