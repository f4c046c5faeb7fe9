"""Sockets against the whole ASGI application, its runner and the real demo model."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import User
from chatsite.asgi import application
from conversations import runner as runner_module
from conversations.core.rate_limit import TokenBucket
from conversations.runner import Runner, the_runner
from conversations.services import takeover

HOST, ORIGIN = b"testserver", b"http://testserver"
PATIENCE = 60  # seconds; a machine under load is slow, a lost frame is for ever


class Socket:
    """A tab's socket: sends requests, waits for frames."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.wire = communicator
        self.seen: list[dict[str, Any]] = []

    async def send(self, type_: str, **fields: Any) -> str:
        if type_ == "send":
            fields.setdefault("id", str(uuid.uuid4()))
            fields.setdefault("format", "text")
        await self.wire.send_to(
            text_data=orjson.dumps({"type": type_, **fields}).decode()
        )
        return fields.get("id", "")

    async def next(self) -> dict[str, Any]:
        message = await self.wire.receive_output(PATIENCE)
        if message["type"] == "websocket.close":
            raise Closed(message.get("code"))
        self.seen.append(orjson.loads(message["text"]))
        return self.seen[-1]

    async def until(self, type_: str, **fields: Any) -> dict[str, Any]:
        """The next frame of that type with those fields; others are remembered."""
        while True:
            frame = await self.next()
            if frame["type"] == type_ and fields.items() <= frame.items():
                return frame

    async def flush(self) -> None:
        """Everything asked before is done, everything told before has come."""
        mark = str(uuid.uuid4())
        await self.send("ping", t=mark)
        await self.until("pong", t=mark)

    async def closed(self) -> int:
        """Wait until the server closes; the code."""
        with pytest.raises(Closed) as caught:
            while True:
                await self.next()
        return caught.value.args[0]

    async def ask(self, text: str, **fields: Any) -> tuple[dict, str, dict]:
        """Send a message: its acknowledgement, the reply and the ``end`` frame."""
        request = await self.send("send", text=text, **fields)
        ack = await self.until("ack", id=request)
        return ack, *await self.reply(ack["turn"])

    async def reply(self, turn: str) -> tuple[str, dict]:
        end = await self.until("end", turn=turn)
        text = self.text_of(turn)[: end["offset"]]
        assert len(text) == end["offset"]
        return text, end

    def text_of(self, turn: str) -> str:
        """What the frames of a turn add up to; fails on a gap."""
        text = ""
        for frame in self.seen:
            if frame.get("turn") == turn and frame["type"] in ("snapshot", "delta"):
                start = frame["offset"]
                if frame["type"] == "snapshot":
                    start -= len(frame["text"])
                assert start <= len(text), "a gap"
                text = text[:start] + frame["text"]
        return text


class Closed(Exception):
    """The server closed the socket with this code."""


def session_of(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@asynccontextmanager
async def opened(
    session: str,
    origin: bytes | None = ORIGIN,
    more: Iterable[tuple[bytes, bytes]] = (),
):
    given = [(b"host", HOST), *more]
    if origin is not None:
        given.append((b"origin", origin))
    if session:
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}"
        given.append((b"cookie", cookie.encode()))
    wire = WebsocketCommunicator(application, "/ws/", headers=given)
    accepted, _ = await wire.connect(PATIENCE)
    assert accepted
    try:
        yield Socket(wire)
    finally:
        await wire.disconnect(timeout=PATIENCE)


async def until(true: Callable[[], Any]) -> None:
    """``true`` may ask the database."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.02)


async def quiet(runner: Runner) -> None:
    """What is done after the turns, titles and summaries, is done."""
    async with asyncio.timeout(PATIENCE):
        while tasks := set(runner._background._tasks):
            await asyncio.wait(tasks)


@pytest.fixture
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For paces: nobody may say more because the machine took long to listen."""
    monkeypatch.setattr(TokenBucket.__init__, "__defaults__", (lambda: 0.0,))


@pytest.fixture
def long_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two runners share a loop: a machine that stands still stops both hearts,
    and one would take over from the other.
    """
    monkeypatch.setattr(takeover, "STALE", timedelta(hours=1))


@pytest.fixture
async def runner(transactional_db: None, settings: Any) -> AsyncIterator[Runner]:
    settings.CHAT_MODEL = "demo-fast"
    settings.ALLOWED_HOSTS = ["testserver"]
    runner_module._opening = None
    runner = await the_runner()
    yield runner
    await runner.close(grace=0)
    runner_module._opening = None


@pytest.fixture
def tab(runner: Runner) -> Callable[[User], Any]:
    """``async with tab(alice) as socket``: a signed-in tab that said ``ready``."""

    @asynccontextmanager
    async def open_tab(person: User):
        session = await asyncio.to_thread(session_of, person)
        async with opened(session) as socket:
            await socket.until("ready")
            yield socket

    return open_tab


@pytest.fixture
async def other(runner: Runner) -> AsyncIterator[Runner]:
    """A second process's runner, as far as it matters: its own hub, tasks and name."""
    other = Runner()
    await other.open()
    yield other
    await other.close(grace=0)


@pytest.fixture
def tab_on(monkeypatch) -> Callable[[Runner, User], Any]:
    @asynccontextmanager
    async def open_tab(runner: Runner, person: User):
        answered = asyncio.get_running_loop().create_future()
        answered.set_result(runner)
        monkeypatch.setattr(runner_module, "_opening", answered)
        async with opened(await asyncio.to_thread(session_of, person)) as socket:
            await socket.until("ready")
            yield socket

    return open_tab
