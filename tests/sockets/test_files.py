"""Files sent over the socket: with words or without, once, and only one's own."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from accounts.models import User
from conversations.core.requests import MAX_ATTACHMENTS
from conversations.models import Conversation, File, IndexEntry, Message, Passage
from tests import attaching
from tests.sockets.conftest import until

pytestmark = pytest.mark.django_db(transaction=True)


async def upload(by: User, *args: object) -> str:
    return str((await asyncio.to_thread(attaching.upload, by, *args)).id)


async def test_a_file_goes_with_a_message_and_is_read_by_the_runner(alice, tab, runner):
    file = await upload(alice)
    async with tab(alice) as socket:
        request = await socket.send("send", text="", attachments=[file])
        ack = await socket.until("ack", id=request)
        await socket.until("end", turn=ack["turn"])
    await until(lambda: File.objects.get().status == "ready")
    await until(IndexEntry.objects.filter(kind="p").exists)

    said, sent, talk = await asyncio.to_thread(
        lambda: (
            Message.objects.get(role="user"),
            File.objects.get(),
            Conversation.objects.get(),
        )
    )
    assert (str(said.id), said.body) == (ack["message"], "")
    assert (sent.message_id, sent.conversation_id) == (said.id, talk.id)
    assert await asyncio.to_thread(Passage.objects.count) == 1
    assert talk.title


async def test_the_same_request_again_is_harmless(alice, tab):
    file, request = await upload(alice), str(uuid.uuid4())
    async with tab(alice) as socket:
        for _ in range(2):
            await socket.send("send", id=request, text="Look", attachments=[file])
        first, again = [await socket.until("ack", id=request) for _ in range(2)]

    assert first == again
    assert await asyncio.to_thread(Message.objects.filter(role="user").count) == 1


async def test_what_is_not_hers_to_send_is_not_there(alice, bob, tab):
    his, hers = await upload(bob), await upload(alice)
    async with tab(alice) as socket:
        for other in (his, str(uuid.uuid4())):
            request = await socket.send("send", text="Look", attachments=[hers, other])
            error = await socket.until("error", id=request)
            assert error["code"] == "not_found" and "file" in error["message"]

    assert not await asyncio.to_thread(Message.objects.exists)
    assert await asyncio.to_thread(File.objects.filter(message=None).count) == 2


@pytest.mark.parametrize(
    ("text", "files", "said"),
    [
        ("", [], "Write something first."),
        ("/title New", [str(uuid.UUID(int=1))], "A command takes no files."),
        (
            "Look",
            [str(uuid.UUID(int=n)) for n in range(MAX_ATTACHMENTS + 1)],
            "A message can have 10 files at most.",
        ),
        ("Look", ["../etc/passwd"], "'attachments' is not valid."),
        ("Look", "x", "'attachments' is not valid."),
        ("Look", [5], "'attachments' is not valid."),
        ("Look", [{}], "'attachments' is not valid."),
    ],
)
async def test_what_cannot_be_sent_is_refused_in_words(text, files, said, alice, tab):
    async with tab(alice) as socket:
        request = await socket.send("send", text=text, attachments=files)
        error = await socket.until("error", id=request)

    assert (error["code"], error["message"]) == ("bad_request", said)
