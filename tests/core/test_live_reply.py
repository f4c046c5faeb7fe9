"""A growing reply and its watchers."""

from __future__ import annotations

import asyncio
import uuid

import orjson
from hypothesis import given
from hypothesis import strategies as st

from conversations.core.hub import HTML, TEXT, Hub
from conversations.core.live_reply import LiveReply
from conversations.core.markdown import render
from tests.core.test_turn import Screen, Steady

CONVERSATION = uuid.uuid4()


def new_reply() -> tuple[LiveReply, Hub]:
    hub = Hub()
    reply = LiveReply(uuid.uuid4(), CONVERSATION, uuid.uuid4(), hub, Steady())
    return reply, hub


def frames(screen: Screen) -> list[dict]:
    return [orjson.loads(frame) for frame in screen.frames]


@given(st.lists(st.text(min_size=1), max_size=20), st.integers(0, 60))
def test_snapshot_and_deltas_add_up_to_the_text(pieces, offset):
    reply, hub = new_reply()
    screen = Screen()
    joins = len(pieces) // 2
    for at, piece in enumerate(pieces):
        if at == joins:
            hub.watch(CONVERSATION, screen, TEXT)
            reply.show(screen, TEXT, offset)
        reply.append(piece)
    if not pieces:
        return
    snapshot, *deltas = frames(screen)
    before = "".join(pieces[:joins])
    assert snapshot["offset"] == len(before)
    assert snapshot["text"] == before[offset:]
    assert "".join(delta["text"] for delta in deltas) == "".join(pieces[joins:])
    at = snapshot["offset"]
    for delta in deltas:
        assert delta["offset"] == at
        at += len(delta["text"])


@given(st.lists(st.text(min_size=1), min_size=1, max_size=12), st.data())
def test_checkpoints_cover_the_text_once(pieces, data):
    reply, _ = new_reply()
    saved = ""
    for piece in pieces:
        reply.append(piece)
        if data.draw(st.booleans()):
            offset, text = reply.unsaved()
            assert offset == len(saved)
            reply.saved_up_to(offset, text)
            saved += text
    assert saved + reply.unsaved()[1] == reply.text == "".join(pieces)


async def test_patches_are_numbered_without_holes_and_end_in_the_rendering():
    reply, hub = new_reply()
    screen, text = Screen(), "# Title\n\nSome *text* 😀\n\n```py\nx = 1\n```\n"
    hub.watch(CONVERSATION, screen, HTML)
    reply.show(screen, HTML)
    for character in text:
        reply.append(character)
        await asyncio.sleep(0.001)
    assert reply.finish() == render(text)
    snapshot, *patches = frames(screen)
    assert (snapshot["seq"], snapshot["html"]) == (0, "")
    assert [patch["seq"] for patch in patches] == list(range(1, len(patches) + 1))
    assert patches[-1]["offset"] == len(text)
    assert len(patches) < len(text) / 2  # several characters a patch


async def test_nobody_watching_html_costs_no_rendering():
    reply, hub = new_reply()
    hub.watch(CONVERSATION, Screen(), TEXT)
    reply.append("**text**")
    assert reply.finish() is None


async def test_a_late_html_watcher_starts_from_what_is_rendered():
    reply, hub = new_reply()
    reply.append("One.\n\nTwo")
    screen = Screen()
    hub.watch(CONVERSATION, screen, HTML)
    reply.show(screen, HTML)
    (snapshot,) = frames(screen)
    assert snapshot["html"] == "<p>One.</p>\n<p>Two</p>\n"
    assert snapshot["blocks"] == 1
    assert snapshot["html"][-snapshot["open"] :] == "<p>Two</p>\n"
    reply.append("!")
    await asyncio.sleep(0.05)
    assert frames(screen)[1]["seq"] == snapshot["seq"] + 1
