"""The process that looks into files: what it may not do, and how it ends."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conversations.core.blocks import Block
from conversations.extraction import limits, process
from conversations.extraction.found import (
    End,
    Event,
    Found,
    Malformed,
    Progress,
    decode_events,
    decode_found,
    encode_events,
    encode_found,
)
from tests import documents


def read(kind: str, data: bytes, **how: float) -> list[Event]:
    async def collect() -> list[Event]:
        reading = process.read(kind, data, pages=500, **how)
        return [event async for events in reading for event in events]

    return asyncio.run(collect())


def in_the_process(code: str, monkeypatch) -> list[Event]:
    """Events of a process that has the limits and runs ``code`` instead of reading."""
    run = f"from conversations.extraction import limits; limits.apply()\n{code}"
    command = [sys.executable, "-B", "-E", "-s", "-c", run]
    monkeypatch.setattr(process, "_command", lambda *words: command)
    return read("text", b"x", within=20)


SAY = """
import json, sys
def say(text):
    block = {"text": str(text)[:9000], "kind": "text", "page": None}
    print(json.dumps([block, {"problem": "", "failed": False}]), flush=True)
"""


def said(code: str, monkeypatch) -> str:
    events = in_the_process(SAY + code, monkeypatch)
    assert isinstance(events[0], Block)
    return events[0].text


def test_what_was_found_comes_back():
    assert process.inspect(b"hello") == Found("text", "text/plain", "a text file")
    assert process.inspect(b"\0\0").refusal.startswith("It is no kind of file")
    picture = process.inspect(documents.image("JPEG"))
    assert picture.image is not None and picture.image.startswith(b"\xff\xd8\xff")


def test_what_was_read_comes_back():
    assert read("pdf", documents.pdf("One", "Two")) == [
        Progress(0, 2),
        Block("One", page=1),
        Progress(50, 2),
        Block("Two", page=2),
        End(),
    ]


def test_a_large_file_goes_in_while_answers_come_out():
    events = read("text", b"The tide is out.\n\n" * 20_000)

    assert sum(isinstance(event, Block) for event in events) == 20_000
    assert events[-1] == End()


def test_it_has_none_of_the_servers_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "CANARY")
    monkeypatch.setenv("OPENAI_API_KEY", "CANARY")
    told = said("import os; say(dict(os.environ))", monkeypatch)

    assert "CANARY" not in told


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "open('/tmp/leak', 'w')",
        "import os; os.open('/tmp/leak', os.O_WRONLY | os.O_CREAT)",
        "import tempfile; tempfile.TemporaryFile()",
        "import ctypes; ctypes.CDLL(None)",
    ],
)
def test_it_reaches_and_writes_nothing(code, monkeypatch):
    tried = f"try:\n    {code}\nexcept Exception as problem: say(repr(problem))"

    assert said(tried, monkeypatch).startswith("Forbidden(")


def test_it_cannot_take_much_memory(monkeypatch):
    tried = (
        f"try:\n    x = bytearray({limits.MEMORY})\nexcept MemoryError: say('refused')"
    )

    assert said(tried, monkeypatch) == "refused"


def test_its_limits_are_for_good(monkeypatch):
    tried = """
import resource
for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_CORE"):
    soft, hard = resource.getrlimit(getattr(resource, name))
    assert soft == hard != resource.RLIM_INFINITY, name
say("kept")
"""
    assert said(tried, monkeypatch) == "kept"


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(1)",
        "import os; os.abort()",
        "import os; os._exit(0)",
        "print('rubbish')",
        "print('{}' * 10)",
        "print('[' * 100000)",
        "print('x' * 3_000_000)",
        "print('[{\"text\": 5}]')",
        "print('{}')",
        "print('[5]')",
        "import sys; sys.stdout.buffer.write(bytes(range(256)))",
    ],
)
def test_whatever_it_says_the_server_has_an_answer(code, monkeypatch):
    assert in_the_process(code, monkeypatch) == [End(process.BROKE_OFF, failed=True)]


def test_a_process_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(process, "TICK", 0.2)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(process, "_command", lambda *words: command)
    began = time.monotonic()
    events = read("text", b"x", within=1)

    assert events[-1] == End(process.TOO_LONG, failed=True)
    assert time.monotonic() - began < 10


def test_looking_has_a_limit_of_time_as_well(monkeypatch):
    monkeypatch.setattr(process, "LOOKED_WITHIN", 0.5)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(process, "_command", lambda *words: command)

    with pytest.raises(process.Unreadable, match="too long"):
        process.inspect(b"x")


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('x')", "pass"])
def test_looking_that_breaks_off_is_told(code, monkeypatch):
    command = [sys.executable, "-c", code]
    monkeypatch.setattr(process, "_command", lambda *words: command)

    with pytest.raises(process.Unreadable, match="broke off"):
        process.inspect(b"x")


def test_who_leaves_early_leaves_no_process_behind(monkeypatch):
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def remember(*args, **how):
        started.append(await start(*args, **how))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)

    async def leave() -> None:
        reading = process.read("text", b"a\n\n" * 500_000, pages=1)
        await anext(reading)
        await reading.aclose()

    asyncio.run(leave())
    assert started[0].returncode is not None


def test_it_needs_neither_django_nor_the_settings():
    asked = "import sys, conversations.extraction.__main__ as m; import conversations"
    asked += ".extraction.sniffing, conversations.extraction.readers.pdf"
    asked += "; print([n for n in sys.modules if n.split('.')[0] in ('django',)])"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=process.ROOT, capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_nothing_is_left_on_the_disk(tmp_path):
    before = set(Path("/tmp").rglob("*CANARYFILE*"))  # noqa: S108
    process.inspect(b"CANARYFILE")
    read("text", b"CANARYFILE")

    assert set(Path("/tmp").rglob("*CANARYFILE*")) == before  # noqa: S108


EVENTS = [
    Block("a\n\u2028b", "code", 3),
    Block("half \ud800"),
    Progress(50, 9),
    End("Only a part.", failed=False),
    End("Broken.", failed=True),
]


@pytest.mark.parametrize("event", EVENTS)
def test_events_go_there_and_back(event):
    line = encode_events([event, event])

    assert line.count(b"\n") == 1 and decode_events(line) == [event, event]


def test_findings_go_there_and_back():
    found = Found("image", "image/png", "an image", "", 4, 3, b"\n\n\0bytes")

    assert decode_found(encode_found(found)) == found
    refused = Found(refusal="It is a program.", named="something else")
    assert decode_found(encode_found(refused)) == refused


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"5",
        b'{"text": "a"}',
        b'{"text": "a", "kind": "evil", "page": null}',
        b'{"text": "a", "kind": "text", "page": -1}',
        b'{"text": "a", "kind": "text", "page": 1.5}',
        b'{"text": "a", "kind": "text", "page": true}',
        json.dumps({"text": "a" * 60_000, "kind": "text", "page": 1}).encode(),
        b'{"done": "x"}',
        b'{"problem": 5}',
    ],
)
def test_what_no_reader_would_say_is_malformed(line):
    with pytest.raises(Malformed):
        decode_events(b"[" + line + b"]")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{}",
        b"{}\n",
        b'{"kind": "exe", "refusal": "", "media_type": "x", "named": "x"}\n',
        b'{"kind": "text", "refusal": 5}\n',
        b'{"kind": "image", "refusal": "", "media_type": "x", "named": "x", '
        b'"width": -1}\n',
    ],
)
def test_what_no_look_would_find_is_malformed(answer):
    with pytest.raises(Malformed):
        decode_found(answer)
