"""Talking over the socket: what is said arrives, exactly and once."""

from __future__ import annotations

import uuid

import orjson
import pytest

from conversations.models import Conversation, Message, Preferences, Turn
from tests.sockets.conftest import quiet
from tests.sockets.scripted_model import hold

pytestmark = pytest.mark.django_db(transaction=True)


async def test_ready_names_the_protocol_and_the_person(tab, alice):
    async with tab(alice) as socket:
        assert socket.seen[0] == {
            "type": "ready",
            "protocol": 1,
            "user": str(alice.id),
            "features": [],
        }


async def test_a_message_is_acknowledged_answered_and_stored(tab, alice):
    async with tab(alice) as socket:
        ack, text, end = await socket.ask("My name is Maya.")
        reply = await Message.objects.aget(role="assistant")
        assert reply.body == text != ""
        assert (end["status"], end["offset"], end["error"]) == (
            "complete",
            len(text),
            None,
        )
        assert end["message"] == str(reply.id)
        assert ack["message"] == str(reply.parent_id)
        assert end["usage"]["output"] > 0
        turn = await Turn.objects.aget()
        assert (str(turn.id), turn.status) == (ack["turn"], "complete")


async def test_the_frames_of_a_turn_come_in_order(tab, alice):
    async with tab(alice) as socket:
        await socket.ask("Hello")
        own = [f for f in socket.seen if f["type"] != "conversation"]
        kinds = [f"{f['type']} {f.get('status', '')}".strip() for f in own]
        assert kinds[:5] == [
            "ready",
            "ack",
            "turn queued",
            "turn running",
            "snapshot running",
        ]
        assert set(kinds[5:-1]) == {"delta"}
        assert kinds[-1] == "end complete"


async def test_without_a_memory_the_model_knows_this_conversation_only(tab, alice):
    await Preferences.objects.acreate(owner=alice, learns_facts=False, recalls=False)
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("My name is Maya.")
        here = {"conversation": ack["conversation"]}
        _, text, _ = await socket.ask("What is my name?", **here)
        assert "Maya" in text
        _, elsewhere, _ = await socket.ask("What is my name?")
        assert "Maya" not in elsewhere


async def test_the_context_is_what_the_receipt_says_and_no_one_elses(tab, alice, bob):
    async with tab(bob) as socket:
        await socket.ask("canary of bob")
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("first")
        _, echo, _ = await socket.ask(
            "second", conversation=ack["conversation"], model="demo-echo-context"
        )
    assert "first" in echo and "second" in echo and "canary" not in echo
    turn = await Turn.objects.filter(owner_id=alice.id).alatest("id")
    recent = orjson.loads(turn.receipt)["blocks"][-1]["messages"]
    branch = Message.objects.filter(owner_id=alice.id).order_by("depth")
    assert recent == [str(m.id) async for m in branch][:-1]


async def test_a_repeated_send_is_answered_with_the_same_ack_and_stored_once(
    tab, alice
):
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("once")
        await socket.send("send", id=ack["id"], text="once")
        assert await socket.until("ack") == ack
        await socket.send("ping", t=1)
        await socket.until("pong")
        assert await Turn.objects.acount() == 1


async def test_a_second_message_during_a_reply_is_answered_after_it(tab, alice, runner):
    go_on = hold(runner, 5)
    async with tab(alice) as socket:
        first = await socket.send("send", text="one")
        here = (await socket.until("ack", id=first))["conversation"]
        second = await socket.send("send", text="two", conversation=here)
        turn = (await socket.until("ack", id=second))["turn"]
        go_on.set()
        await socket.until("end")
        _, end = await socket.reply(turn)
        assert end["status"] == "complete"
        ends = [frame["turn"] for frame in socket.seen if frame["type"] == "end"]
        assert ends[-1] == turn and len(ends) == 2


async def test_a_reply_goes_on_when_its_socket_is_closed(tab, alice, runner):
    go_on = hold(runner, 20)
    async with tab(alice) as socket:
        request = await socket.send("send", text="long")
        ack = await socket.until("ack", id=request)
        await socket.until("delta")
    go_on.set()
    async with tab(alice) as again:
        await again.send(
            "watch", conversation=ack["conversation"], turn=ack["turn"], format="text"
        )
        text, end = await again.reply(ack["turn"])
    assert end["status"] == "complete"
    assert (await Message.objects.aget(role="assistant")).body == text


async def test_a_late_watcher_gets_the_rest_from_its_offset(tab, alice, runner):
    go_on = hold(runner, 30)
    async with tab(alice) as one, tab(alice) as two:
        request = await one.send("send", text="long")
        ack = await one.until("ack", id=request)
        while len(one.text_of(ack["turn"])) < 20:
            await one.until("delta")
        watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
        await two.send("watch", **watch, offset=10, format="text")
        snapshot = await two.until("snapshot", status="running")
        go_on.set()
        whole, _ = await one.reply(ack["turn"])
        assert whole[10 : snapshot["offset"]] == snapshot["text"]
        await two.until("end")
        deltas = [f["text"] for f in two.seen if f["type"] == "delta"]
        assert snapshot["text"] + "".join(deltas) == whole[10:]


async def test_watching_a_turn_that_is_over_gives_all_of_it(tab, alice):
    async with tab(alice) as socket:
        ack, text, end = await socket.ask("Hello")
        watch = {"conversation": ack["conversation"], "turn": ack["turn"]}
        await socket.send("watch", **watch, offset=3, format="text")
        snapshot = await socket.until("snapshot")
        assert (snapshot["text"], snapshot["offset"]) == (text[3:], len(text))
        assert snapshot["status"] == "complete"
        assert await socket.until("end") == end
        await socket.send("watch", **watch, format="html")
        assert "<p>" in (await socket.until("snapshot"))["html"]


async def test_html_patches_add_up_to_the_stored_rendering(tab, alice):
    async with tab(alice) as socket:
        text = "Show me a table, some code and a list"
        await socket.send("send", text=text, format="html", model="demo-slow-300")
        await socket.until("end")
        html, tail = "", ""
        for frame in socket.seen:
            if frame["type"] == "snapshot":
                assert frame["open"] == 0 and frame["html"] == ""
            if frame["type"] == "patch":
                html, tail = _patched(html, tail, frame)
        stored = (await Message.objects.aget(role="assistant")).html
        assert html + tail == stored


def _patched(html: str, tail: str, patch: dict) -> tuple[str, str]:
    if patch["keep"] < 0:
        return "", patch["html"]
    units = tail.encode("utf-16-le")[: 2 * patch["keep"]].decode("utf-16-le")
    tail = units + patch["html"]
    done = tail.encode("utf-16-le")[: 2 * patch["done"]].decode("utf-16-le")
    return html + done, tail[len(done) :]


async def test_a_title_of_the_model_reaches_every_tab(tab, alice, runner):
    async with tab(alice) as socket, tab(alice) as other:
        ack, _, _ = await socket.ask("How do I keep a rye starter alive in winter?")
        here = {"conversation": ack["conversation"]}
        await quiet(runner)
        stored = await Conversation.objects.aget()
        assert stored.title_source == "model"
        await other.until("conversation", **here, title=stored.title)


async def test_every_tab_of_the_person_hears_of_a_new_conversation(tab, alice, bob):
    async with tab(alice) as one, tab(alice) as two, tab(bob) as other:
        ack, _, _ = await one.ask("Hello")
        row = await two.until("conversation", conversation=ack["conversation"])
        assert row["running"] in (True, False)
        await other.send("ping")
        await other.until("pong")
        assert [f["type"] for f in other.seen] == ["ready", "pong"]


async def test_unwatching_ends_the_stream_to_this_tab_only(tab, alice, runner):
    go_on = hold(runner, 20)
    async with tab(alice) as one, tab(alice) as two:
        request = await one.send("send", text="long")
        ack = await one.until("ack", id=request)
        await two.send("watch", conversation=ack["conversation"], format="text")
        await two.until("snapshot")
        await two.send("unwatch", conversation=ack["conversation"])
        await two.send("ping", t="after")
        await two.until("pong")
        go_on.set()
        await one.reply(ack["turn"])
        await two.send("ping", t="last")
        await two.until("pong", t="last")
        after = two.seen[two.seen.index({"type": "pong", "t": "after"}) + 1 :]
        assert {f["type"] for f in after} <= {"conversation", "pong"}


async def test_an_unknown_turn_is_not_found(tab, alice):
    async with tab(alice) as socket:
        await socket.send("stop", turn=str(uuid.uuid4()), seen=0)
        assert (await socket.until("error"))["code"] == "not_found"


async def test_a_reply_nobody_watched_is_unread_until_some_tab_looks(
    tab, alice, runner
):
    go_on = hold(runner, 5)
    async with tab(alice) as one, tab(alice) as two:
        request = await one.send("send", text="hello")
        here = {"conversation": (await one.until("ack", id=request))["conversation"]}
        await one.send("unwatch", **here)
        await one.flush()
        go_on.set()
        await two.until("conversation", **here, running=False, unread=True)
        await two.send("watch", **here)
        await one.until("conversation", **here, unread=False)


async def test_a_reply_that_was_watched_is_read(tab, alice):
    async with tab(alice) as socket:
        ack, _, _ = await socket.ask("hello")
        here = {"conversation": ack["conversation"]}
        row = await socket.until("conversation", **here, running=False)
        assert row["unread"] is False
