"""Messages that wait for a reply, reworded and dropped over the socket."""

from __future__ import annotations

import uuid

import pytest

from conversations.models import Message, Turn

pytestmark = pytest.mark.django_db(transaction=True)
SLOW, ECHO = {"model": "demo-hang"}, {"model": "demo-echo-context"}


async def say(socket, text, **fields):
    asked = await socket.send("send", text=text, **fields)
    return await socket.until("ack", id=asked)


async def request(socket, type_, format="text", **fields):
    asked = str(uuid.uuid4())
    await socket.send(type_, id=asked, format=format, **fields)
    return asked


@pytest.fixture
def talking():
    """Says one message that is never answered, and others that wait."""

    async def talk(socket, *texts):
        first = await say(socket, "Write a long story.", **SLOW)
        here = {"conversation": first["conversation"]}
        return [first, *[await say(socket, text, **ECHO, **here) for text in texts]]

    return talk


async def test_what_waits_is_answered_as_it_was_reworded(tab, alice, talking):
    async with tab(alice) as socket:
        first, second = await talking(socket, "My name is Maya.")
        words = {"text": "My name is Ines.", "rerun": True}
        asked = await request(socket, "edit", message=second["message"], **words)
        ack = await socket.until("ack", id=asked)
        assert ack["turn"] == second["turn"]
        await socket.send("stop", turn=first["turn"])
        reply, end = await socket.reply(ack["turn"])
        assert (end["status"], "Ines" in reply) == ("complete", True)
        assert "Maya" not in reply


async def test_what_is_dropped_is_over_and_never_answered(tab, alice, talking):
    async with tab(alice) as socket:
        first, second, third = await talking(socket, "second", "third")
        asked = await request(socket, "drop", message=second["message"])
        ack = await socket.until("ack", id=asked)
        assert (ack["message"], ack["turn"]) == (second["message"], None)
        end = await socket.until("end", turn=second["turn"])
        assert (end["status"], end["offset"]) == ("stopped", 0)
        await socket.send("stop", turn=first["turn"])
        _, end = await socket.reply(third["turn"])
        assert end["status"] == "complete"
    assert not await Turn.objects.filter(id=second["turn"]).aexists()
    assert not await Message.objects.filter(id=second["message"]).aexists()


async def test_what_is_being_answered_cannot_be_dropped(tab, alice, talking):
    async with tab(alice) as socket:
        (first,) = await talking(socket)
        await socket.until("turn", turn=first["turn"], status="running")
        asked = await request(socket, "drop", message=first["message"])
        refusal = await socket.until("error", id=asked)
        assert refusal["code"] == "busy"


async def test_nobody_drops_another_persons_message(tab, alice, bob, talking):
    async with tab(alice) as hers, tab(bob) as his:
        _, second = await talking(hers, "second")
        asked = await request(his, "drop", message=second["message"])
        assert (await his.until("error", id=asked))["code"] == "not_found"
    assert await Message.objects.filter(id=second["message"]).aexists()


async def test_other_pages_are_told_that_the_branch_changed(tab, alice, talking):
    async with tab(alice) as here, tab(alice) as page:
        first, second, third = await talking(here, "second", "third")
        conversation = first["conversation"]
        await page.send("watch", conversation=conversation, format="html")
        await page.flush()

        await request(here, "drop", message=third["message"])
        branch = await page.until("branch", conversation=conversation)
        reply = await Turn.objects.aget(id=second["turn"])
        assert branch["head"] == str(reply.message_id)

        words = {"text": "other words", "rerun": True}
        asked = await request(here, "edit", message=second["message"], **words)
        await here.until("ack", id=asked)
        branch = await page.until("branch", conversation=conversation)
        assert branch["head"] == str(reply.message_id)
        told = {(f["type"], f.get("turn")) for f in page.seen}
        assert ("end", third["turn"]) not in told
        assert not [frame for frame in here.seen if frame["type"] == "branch"]
