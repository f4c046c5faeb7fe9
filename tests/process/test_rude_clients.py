"""Clients that stop reading, flood, or talk rubbish, over real connections.

What is asserted of them is what they are told and what the server keeps for them; of
everybody else, that they notice nothing.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.machine import memory_kb
from chatsite.bodies import ARRIVES_WITHIN, Channel
from tests.process.looking import PATIENCE, QUICK
from tests.process.visitor import Tab, Visitor
from tests.product import Product

pytestmark = pytest.mark.process

MEGABYTE = 1024 * 1024
NARROW = 16 * 1024  # bytes that are taken in for a reader who does not read


class Model:
    """A model server with one reply: a word, 3 MB when told to, its end when told to.

    No two of its pieces are the same, so that none can be missing unnoticed. It writes
    as fast as its polite reader reads: nobody is dropped but who does not read.
    """

    FIRST, LAST = "Once ", "the end."
    FLOOD = tuple(f"{n:03}: " + "tide and moon " * 280 + "\n\n" for n in range(800))
    TEXT = FIRST + "".join(FLOOD) + LAST

    def __init__(self) -> None:
        self.flows, self.ends = asyncio.Event(), asyncio.Event()
        self._ahead = asyncio.Semaphore(50)

    async def flood(self, reader: Tab, heard: Heard) -> None:
        """Write it all but the end, to somebody who reads it all."""
        self.flows.set()
        while len(heard.text) < len(self.TEXT) - len(self.LAST):
            before = len(heard.text)
            heard.take(json.loads(await reader.wire.recv()))
            for _ in range((len(heard.text) - before) // len(self.FLOOD[0])):
                self._ahead.release()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if not (await request.json()).get("stream"):
            said = {"role": "assistant", "content": "A title"}
            return web.json_response({"choices": [{"index": 0, "message": said}]})
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        await reply.write(self._event(self.FIRST))
        await self.flows.wait()
        for piece in self.FLOOD:
            await self._ahead.acquire()
            await reply.write(self._event(piece))
        await self.ends.wait()
        await reply.write(self._event(self.LAST, "stop") + b"data: [DONE]\n\n")
        return reply

    def _event(self, text: str, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
        return b"data: %b\n\n" % json.dumps({"choices": [choice]}).encode()


class Heard:
    """What a turn's frames add up to; fails on a gap."""

    def __init__(self, ack: dict[str, Any]) -> None:
        self.where = {"conversation": ack["conversation"], "turn": ack["turn"]}
        self.text, self.status = "", ""

    def take(self, frame: dict[str, Any]) -> str:
        """The frame's type, when it is of the turn."""
        if frame.get("turn") != self.where["turn"]:
            return ""
        if frame["type"] == "snapshot":
            start = frame["offset"] - len(frame["text"])
            assert start <= len(self.text), "a gap"
            self.text = self.text[:start] + frame["text"]
        elif frame["type"] == "delta":
            assert frame["offset"] == len(self.text), "a gap or an overlap"
            self.text += frame["text"]
        elif frame["type"] == "end":
            self.status = frame["status"]
        return frame["type"]

    @property
    def watch(self) -> str:
        """The request for the rest of it."""
        at = {"offset": len(self.text), "format": "text"}
        return json.dumps({"type": "watch", **self.where, **at})


# --- who is served
def new_person(product: Product) -> Visitor:
    return Visitor(product.address).sign_up(f"{uuid.uuid4().hex}@example.org")


@pytest.fixture(scope="module")
def started(new_product: Callable[..., Product]) -> Iterator[Product]:
    product = new_product(RATE_LIMITS="on", **QUICK)
    yield product.start()
    product.stop(signal.SIGKILL)


@pytest.fixture
def product(started: Product) -> Iterator[Product]:
    yield started
    assert (started.process.poll(), "Traceback" in started.said()) == (None, False)


@pytest.fixture(scope="module")
def model_port() -> Iterator[int]:
    """Where each test's model listens. Between two of them nobody else can."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="module")
def flooded(new_product: Callable[..., Product], model_port: int) -> Iterator[Product]:
    url = f"http://127.0.0.1:{model_port}/v1"
    settings = {"OPENAI_BASE_URL": url, "OPENAI_API": "chat", **QUICK}
    product = new_product(**settings)
    yield product.start()
    product.stop(signal.SIGKILL)
    assert "Traceback" not in product.said()


@pytest.fixture
async def model(flooded: Product, model_port: int) -> AsyncIterator[Model]:
    model = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.answer)
    running = web.AppRunner(app, shutdown_timeout=0)
    await running.setup()
    await web.TCPSite(running, "127.0.0.1", model_port, reuse_address=True).start()
    yield model
    model.flows.set()
    model.ends.set()
    await running.cleanup()


# --- what they come with
def narrow(product: Product) -> socket.socket:
    """A connection into which little fits that is not read."""
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    wire.connect(("127.0.0.1", product.port))
    wire.setblocking(False)
    return wire


def headers_of(visitor: Visitor) -> dict[str, str]:
    cookies = "; ".join(f"{each.name}={each.value}" for each in visitor.jar)
    return {"Cookie": cookies, "Origin": visitor.address}


@asynccontextmanager
async def tab(visitor: Visitor, **options: Any) -> AsyncIterator[ClientConnection]:
    headers = headers_of(visitor)
    async with connect(
        visitor.address.replace("http", "ws") + "/ws/",
        origin=headers.pop("Origin"),
        additional_headers=headers,
        max_size=None,
        max_queue=1,
        compression=None,
        open_timeout=PATIENCE,
        ping_interval=None,  # or whoever does not read ends it before the server does
        **options,
    ) as wire:
        yield wire


async def until(wire: ClientConnection, type_: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while (frame := json.loads(await wire.recv()))["type"] != type_:
            pass
    return frame


async def told_until_closed(wire: ClientConnection) -> tuple[list[str], int]:
    """The types or error codes of what still came, and the code of the close."""
    told = []
    with pytest.raises(ConnectionClosed) as closed:
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = json.loads(await wire.recv())
                told.append(frame.get("code", frame["type"]))
    return told, closed.value.rcvd.code if closed.value.rcvd else 1006


async def exchange(product: Product, sent: bytes, until: bytes = b"") -> bytes:
    """Send bytes; what comes back up to ``until``, or before the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
    got = bytearray()
    with suppress(ConnectionError):
        writer.write(sent)
        while not (until and until in got):
            async with asyncio.timeout(PATIENCE):
                if not (more := await reader.read(4096)):
                    break
            got += more
    writer.close()
    return bytes(got)


def request_of(visitor: Visitor, line: str, body: str = "") -> bytes:
    headers = headers_of(visitor) | {"Host": visitor.address.split("/")[2]}
    if body:
        headers["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{line} HTTP/1.1\r\n{head}\r\n{body}".encode()


class EventStream:
    """The stream out, read as slowly as wanted; the posts in."""

    def __init__(self, product: Product, visitor: Visitor) -> None:
        self.product, self.visitor = product, visitor
        self._waiting = b""

    async def __aenter__(self) -> EventStream:
        self._reader, self._writer = await asyncio.open_connection(
            sock=narrow(self.product), limit=NARROW
        )
        self._writer.write(request_of(self.visitor, "GET /ws-fallback/"))
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert b"text/event-stream" in head
        self.name = (await self.next())[1]["connection"]
        return self

    async def __aexit__(self, *problem: object) -> None:
        self._writer.close()

    async def next(self) -> tuple[str, dict[str, Any]]:
        """An event's name and data; ``EOFError`` when the stream is over."""
        while b"\n\n" not in self._waiting:
            try:
                async with asyncio.timeout(PATIENCE):
                    size = int(await self._reader.readline() or b"0", 16)
                    self._waiting += (await self._reader.readexactly(size + 2))[:-2]
            except ConnectionError as problem:
                raise EOFError from problem
        event, _, self._waiting = self._waiting.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in event.decode().splitlines())
        return fields.get("event", "message"), json.loads(fields["data"])

    async def until(self, type_: str) -> dict[str, Any]:
        while (frame := (await self.next())[1])["type"] != type_:
            pass
        return frame

    async def post(self, frame: str) -> bytes:
        line = f"POST /ws-fallback/?connection={self.name}"
        sent = request_of(self.visitor, line, frame)
        return (await exchange(self.product, sent, b"\r\n"))[9:12]


# --- who stops reading
async def test_a_socket_that_is_not_read_is_dropped_and_reads_the_rest_later(
    flooded, model
):
    maya = new_person(flooded)
    async with maya.tab() as polite, tab(maya, sock=narrow(flooded)) as rude:
        ack = await polite.say("Tell me.")
        heard = Heard(ack)
        await rude.send(heard.watch)
        heard.take(await until(rude, "snapshot"))
        await model.flood(polite, Heard(ack))
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(PATIENCE):
                while True:
                    heard.take(json.loads(await rude.recv()))
        assert len(heard.text) < MEGABYTE
        async with tab(maya) as again:
            await again.send(heard.watch)
            heard.take(await until(again, "snapshot"))
            model.ends.set()
            while heard.take(json.loads(await again.recv())) != "end":
                pass
    assert (heard.status, heard.text == Model.TEXT) == ("complete", True)


async def test_so_is_an_event_stream(flooded, model):
    maya = new_person(flooded)
    async with maya.tab() as polite, EventStream(flooded, maya) as rude:
        ack = await polite.say("Tell me.")
        heard = Heard(ack)
        await rude.until("ready")
        assert await rude.post(heard.watch) == b"204"
        while heard.take((await rude.next())[1]) != "snapshot":
            pass
        await model.flood(polite, Heard(ack))
        with pytest.raises(EOFError):
            while True:
                heard.take((await rude.next())[1])
        assert len(heard.text) < MEGABYTE
        assert await rude.post(heard.watch) == b"409"  # there is no such stream
        async with EventStream(flooded, maya) as again:
            await again.until("ready")
            assert await again.post(heard.watch) == b"204"
            model.ends.set()
            while heard.take((await again.next())[1]) != "end":
                pass
    assert (heard.status, heard.text == Model.TEXT) == ("complete", True)


# --- who sends too much
async def test_a_flood_is_refused_then_ended_and_others_read_on(product):
    maya, bob = new_person(product), new_person(product)
    async with bob.tab() as other, tab(maya) as rude:
        _, reply = await other.ask("Write a long story.")
        asked = asyncio.create_task(other.ask("Write a long story."))
        flooding = asyncio.create_task(flood(rude, 2_000))
        told, code = await told_until_closed(rude)
        await flooding
        assert code == 4429
        assert told.count("rate_limited") >= 200
        assert told.count("pong") >= 40
        assert (await asked)[1] == reply


async def flood(wire: ClientConnection, count: int) -> None:
    with suppress(ConnectionClosed):
        for _ in range(count):
            await wire.send('{"type":"ping"}')


async def test_a_frame_over_64_kib_is_told_so_and_ends_the_socket(product):
    async with tab(new_person(product)) as rude:
        await until(rude, "ready")
        await rude.send(json.dumps({"type": "ping", "t": "x" * 65_536}))
        assert await told_until_closed(rude) == (["too_long"], 4413)


@pytest.mark.parametrize("size", [MEGABYTE // 3, 4 * MEGABYTE])
async def test_of_a_much_larger_one_too(product, size):
    """Its sender is still writing when it is refused, and hears why all the same."""
    maya = new_person(product)
    for frame in ("x" * size, b"x" * size, ["x" * 4096] * (size // 4096)):
        async with tab(maya) as rude:
            await until(rude, "ready")
            with suppress(ConnectionClosed):
                await rude.send(frame)
            assert await told_until_closed(rude) == (["too_long"], 4413)


@pytest.mark.parametrize("parts", [1, 160])
async def test_a_frame_of_10_mb_is_not_kept(product, parts):
    async with tab(new_person(product)) as rude:
        await until(rude, "ready")
        before = memory_kb(product.process.pid)
        part = "x" * (10 * MEGABYTE // parts)
        with suppress(ConnectionClosed):
            await rude.send(part if parts == 1 else [part] * parts)
        assert await told_until_closed(rude) == (["too_long"], 4413)
        assert memory_kb(product.process.pid) - before < 4 * 1024


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ("Content-Length: 10485760", b"x" * 10 * MEGABYTE),
        ("Transfer-Encoding: chunked", b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
    ],
)
async def test_a_posted_body_of_10_mb_is_not_kept(product, how, body):
    async with new_person(product).tab():  # all that is loaded once is loaded
        before = memory_kb(product.process.pid)
    head = f"POST /ws-fallback/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{how}\r\n\r\n".encode()
    body *= 10 * MEGABYTE // len(body) + 1
    assert b" 2" not in (await exchange(product, head + body))[:12]
    assert memory_kb(product.process.pid) - before < 4 * 1024


async def test_the_21st_connection_is_refused_and_the_20_live_on(product):
    maya = new_person(product)
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(tab(maya)) for _ in range(19)]
        for each in tabs:
            await until(each, "ready")
        stream = await stack.enter_async_context(EventStream(product, maya))
        await stream.until("ready")
        async with tab(maya) as late:
            assert await told_until_closed(late) == ([], 4430)
        async with EventStream(product, maya) as late:
            assert await late.next() == ("close", {"code": 4430})
        for each in tabs:
            await each.send('{"type":"ping"}')
            await until(each, "pong")
        assert await stream.post('{"type":"ping"}') == b"204"
        await stream.until("pong")


class Wire(StringTransport):
    def getHandle(self) -> socket.socket:
        return self.handle


def test_a_request_has_half_a_minute_in_all_not_for_every_byte():
    clock, wire, channel = Clock(), Wire(), Channel()
    channel.timeOut, channel.callLater = ARRIVES_WITHIN, clock.callLater
    with socket.socket() as wire.handle:
        channel.makeConnection(wire)
    for _ in range(ARRIVES_WITHIN):
        channel.dataReceived(b"G")
        assert not wire.disconnecting
        clock.advance(1)
    assert wire.disconnecting


# --- who talks rubbish
RUBBISH = [
    "\x00",
    "{",
    "null",
    '{"type":"nonsense"}',
    '{"type":"ping","other":1}',
    '{"type":"ping","t":' + "9" * 5_000 + "}",
    "[" * 60_000,
    '{"type":' * 6_000 + "1" + "}" * 6_000,
    '{"type":"ping","t":' + "[" * 30_000 + "]" * 30_000 + "}",
    '{"type":"watch","conversation":"\\ud800"}',
    '{"type":"send","id":"x","text":"hello"}',
    b"\x00\x01",
]


async def test_rubbish_gets_an_error_each_and_the_socket_lives(product):
    async with tab(new_person(product)) as rude:
        await until(rude, "ready")
        for frame in RUBBISH:
            await rude.send(frame)
            assert (await until(rude, "error"))["code"] == "bad_request", frame[:40]
        await rude.send('{"type":"ping"}')
        await until(rude, "pong")


def upgrade_of(visitor: Visitor) -> bytes:
    key = (
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n"
    )
    given = request_of(visitor, "GET /ws/").removesuffix(b"\r\n")
    return given + b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + key


BROKEN = {
    "text that is not UTF-8": b"\x81\x82\0\0\0\0\xff\xfe",
    "a frame without its mask": b"\x81\x02hi",
    "an opcode that does not exist": b"\x8b\x80\0\0\0\0",
    "reserved bits": b"\xf1\x80\0\0\0\0",
    "a part of nothing": b"\x80\x80\0\0\0\0",
    "a ping that is too long": b"\x89\xfe\x00\xc8\0\0\0\0" + b"x" * 200,
    "half a code for closing": b"\x88\x81\0\0\0\0\x03",
    "a length beyond all measure": b"\x81\xff\x7f" + b"\xff" * 7 + b"\0\0\0\0",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_frame_ends_the_connection(product, name):
    maya = new_person(product)
    reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
    writer.write(upgrade_of(maya) + b"\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(BROKEN[name])
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            await reader.read()
    writer.close()
    async with maya.tab() as polite:
        await polite.send("ping")
        await polite.until("pong")


async def test_requests_that_are_none_are_refused_or_left_and_others_served(product):
    maya = new_person(product)
    upgrade = upgrade_of(maya)
    refused = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
        b"GET\r\n\r\n",
        b"GET /ws/ HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        b"POST /ws/ HTTP/1.1\r\n" + upgrade.partition(b"\r\n")[2] + b"\r\n",
        b"GET /ws/ HTTP/1.1\r\n" + b"X: y\r\n" * 3_000,
        b"GET /ws-fallback/?\xff HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"PUT /ws-fallback/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ]
    for sent in refused:
        assert (await exchange(product, sent))[:10] == b"HTTP/1.1 4", sent[:40]
    left = [
        upgrade,
        upgrade[:30],
        b"",
        request_of(maya, "POST /ws-fallback/", "x")[:-1],
    ]
    async with AsyncExitStack() as stack:
        for sent in left:
            _, writer = await asyncio.open_connection("127.0.0.1", product.port)
            stack.callback(writer.close)
            writer.write(sent)
        async with maya.tab() as polite:
            await polite.send("ping")
            await polite.until("pong")
