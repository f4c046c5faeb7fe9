"""Editing, trying again and going on, over the socket."""

from __future__ import annotations

import uuid

import pytest

from conversations.models import Message
from tests.sockets.conftest import quiet
from tests.sockets.scripted_model import hold

pytestmark = pytest.mark.django_db(transaction=True)


async def request(socket, type_: str, **fields) -> dict:
    asked = str(uuid.uuid4())
    await socket.send(type_, id=asked, format="text", **fields)
    return await socket.until("ack", id=asked)


async def test_another_try_is_streamed_as_a_turn_of_its_own(tab, alice):
    async with tab(alice) as socket:
        first, _, end = await socket.ask("Hello")
        ack = await request(socket, "regenerate", message=end["message"])
        assert (ack["message"], ack["turn"]) != (end["message"], first["turn"])
        _, again = await socket.reply(ack["turn"])
        assert (again["status"], again["message"]) != ("complete", end["message"])


async def test_an_edit_is_answered_in_its_own_context(tab, alice, runner):
    async with tab(alice) as socket:
        first, _, _ = await socket.ask("My name is Maya.")
        await quiet(runner)  # or this name is learned last
        ack = await request(
            socket,
            "edit",
            message=first["message"],
            text="My name is Ines.",
            rerun=True,
        )
        await socket.reply(ack["turn"])
        here = {"conversation": first["conversation"]}
        _, text, _ = await socket.ask("What is my name?", **here)
        assert "Ines" in text and "Maya" not in text


async def test_a_stopped_reply_goes_on_without_repeating(tab, alice, runner):
    async with tab(alice) as socket:
        question = {"text": "Write a long answer with a table and a list"}
        _, whole, _ = await socket.ask(**question)
        go_on = hold(runner, 80)
        asked = await socket.send("send", **question)
        turn = (await socket.until("ack", id=asked))["turn"]
        while len(socket.text_of(turn)) < 60:
            await socket.until("delta")
        seen = len(socket.text_of(turn))
        await socket.send("stop", turn=turn, seen=seen)
        half, _ = await socket.reply(turn)
        socket.seen.clear()
        go_on.set()
        ack = await request(socket, "continue", turn=turn)
        assert ack["turn"] == turn
        end = await socket.until("end", turn=turn)
        deltas = [frame for frame in socket.seen if frame["type"] == "delta"]
        assert deltas[0]["offset"] == len(half)
        assert half + "".join(frame["text"] for frame in deltas) == whole
        assert end["status"] == "complete"
        assert (await Message.objects.aget(id=end["message"])).body == whole


async def test_what_cannot_be_done_is_one_sentence(tab, alice):
    async with tab(alice) as socket:
        asked = await socket.send("send", text="x", model="demo-hang")
        ack = await socket.until("ack", id=asked)
        running = await socket.until("turn", status="running")
        for type_, fields, code in [
            ("regenerate", {"message": running["message"]}, "busy"),
            ("regenerate", {"message": ack["message"]}, "bad_request"),
            ("continue", {"turn": ack["turn"]}, "busy"),
            ("continue", {"turn": str(uuid.uuid4())}, "not_found"),
            (
                "edit",
                {"message": ack["message"], "text": " ", "rerun": True},
                "bad_request",
            ),
        ]:
            await socket.send(type_, id=str(uuid.uuid4()), **fields)
            assert (await socket.until("error"))["code"] == code, type_
        await socket.send("stop", turn=ack["turn"])
        await socket.until("end")
