"""Commands over the socket: answered with a notice, and no turn comes of them."""

from __future__ import annotations

import uuid

import pytest

from conversations.models import Conversation, Message, Turn
from tests.sockets.conftest import quiet

pytestmark = pytest.mark.django_db(transaction=True)


async def command(socket, text, **fields):
    return await socket.until("ack", id=await socket.send("send", text=text, **fields))


async def test_a_command_is_acknowledged_with_its_answer_and_stores_no_message(
    tab, alice
):
    async with tab(alice) as socket:
        ack = await command(socket, "/set name Maya")
        assert ack["notice"] == "Remembered: name: Maya"
        assert (ack["conversation"], ack["message"], ack["turn"]) == (None, None, None)
        assert await Conversation.objects.acount() == 0
        _, text, _ = await socket.ask("What is my name?")
    assert "Maya" in text
    assert await Message.objects.acount() == 2


async def test_a_repeated_command_is_answered_the_same_and_acts_once(tab, alice):
    async with tab(alice) as socket:
        request = str(uuid.uuid4())
        first = await command(socket, "/set name Maya", id=request)
        await command(socket, "/unset name")
        again = await command(socket, "/set name Maya", id=request)
        assert again == first
        assert "Nothing is known" in (await command(socket, "/facts"))["notice"]


async def test_a_reset_shows_every_tab_another_branch(tab, alice, runner):
    async with tab(alice) as one, tab(alice) as two:
        ack = await command(one, "The code word is Grebe.", format="html")
        await one.until("end", turn=ack["turn"])
        await quiet(runner)  # nothing is learned of it, however late
        here = {"conversation": ack["conversation"]}
        await two.send("watch", **here, format="html")
        await two.flush()
        await command(one, "/reset", **here, format="html")
        for tab_ in (one, two):
            assert (await tab_.until("branch", **here))["head"] is None
        _, text, _ = await two.ask("What is the code word?", **here)
    assert "Grebe" not in text
    assert await Message.objects.acount() == 4


async def test_a_title_that_is_typed_reaches_the_sidebar(tab, alice):
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("Hello")
        await command(socket, "/title Rye bread", conversation=ack["conversation"])
        await socket.until("conversation", title="Rye bread")


async def test_what_only_looks_like_a_command_is_a_message(tab, alice):
    async with tab(alice) as socket:
        for text, stored in (("/etc/hosts", "/etc/hosts"), ("//set x", "/set x")):
            ack, _, _ = await socket.ask(text)
            assert "notice" not in ack
            said = await Message.objects.aget(id=ack["message"])
            assert said.body == stored
    assert await Turn.objects.acount() == 2


async def test_a_command_in_anothers_conversation_does_nothing(tab, alice, bob):
    async with tab(alice) as hers:
        ack, _, _ = await hers.ask("Hello")
    async with tab(bob) as his:
        request = await his.send(
            "send", text="/title Mine", conversation=ack["conversation"]
        )
        assert (await his.until("error", id=request))["code"] == "not_found"
    assert (await Conversation.objects.aget()).title != "Mine"
