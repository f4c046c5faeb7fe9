"""Files at the real server: bounded, read in the background, never in plain text."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.machine import memory_kb
from tests import documents
from tests.process.visitor import Visitor
from tests.product import Product

pytestmark = pytest.mark.process

PATIENCE = 90  # seconds; a machine under load is slow, a lost file is for ever
EDGE = "understory"


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(tmp_path, SIGNUP_OPEN="true").start()
    yield made
    made.stop()


@pytest.fixture
def maya(product: Product) -> Visitor:
    return Visitor(product.address).sign_up("maya@example.org")


def upload(visitor: Visitor, data: bytes, name: str = "a.txt") -> tuple[int, Any]:
    token = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', visitor.get("/settings/")
    )
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    body = b"--%b\r\n%b\r\n\r\n%b\r\n--%b--\r\n" % (
        EDGE.encode(),
        head.encode(),
        data,
        EDGE.encode(),
    )
    headers = {
        "Origin": visitor.address,
        "X-CSRFToken": token[1],
        "Content-Type": f"multipart/form-data; boundary={EDGE}",
    }
    asked = urllib.request.Request(visitor.address + "/files/", body, headers)
    try:
        with visitor._open(asked, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as problem:
        return problem.code, json.load(problem)


def standing(visitor: Visitor, file: str) -> dict[str, Any]:
    return json.loads(visitor.get(f"/files/{file}/status"))


def when_read(visitor: Visitor, file: str) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if (now := standing(visitor, file))["done"] == 100:
            return now
        time.sleep(0.1)
    raise AssertionError(f"{standing(visitor, file)}")


def long_pdf(pages: int) -> bytes:
    line = "The harbour freezes in a cold spring and opens again in May."
    return documents.pdf(*[f"Page {n}\n" + f"{line}\n" * 40 for n in range(pages)])


def readers_of(product: Product) -> list[psutil.Process]:
    assert product.process is not None
    children = psutil.Process(product.process.pid).children(recursive=True)
    return [each for each in children if "read" in each.cmdline()[-3:-2]]


def reader_of(product: Product) -> psutil.Process:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := readers_of(product):
            return found[0]
        time.sleep(0.01)
    raise AssertionError("nobody reads")


def test_a_large_file_is_kept_sealed_and_read(
    product: Product, maya: Visitor, tmp_path: Path
) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    data = b"ZEPHYRWORD %07d is said.\n\n" % 7 * 400_000
    status, told = upload(maya, data[:10_000_000], "ZEPHYRNAME.txt")
    assert (status, told["status"]) == (201, "waiting")
    read = when_read(maya, told["id"])

    assert read["problem"] == "Only its first two million characters were read."
    assert maya.get(f"/files/{told['id']}/content").encode() == data[:10_000_000]
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    fresh = set(Path(tempfile.gettempdir()).iterdir()) - before
    for path in (*made, *(each for each in fresh if each.is_file())):
        held = path.read_bytes()
        assert b"ZEPHYRWORD" not in held and b"ZEPHYRNAME" not in held, path


def test_a_body_beyond_the_limit_is_refused_in_words(
    product: Product, maya: Visitor
) -> None:
    assert product.process is not None
    before = memory_kb(product.process.pid)
    status, told = upload(maya, b"x" * 40_000_000)

    assert (status, told["code"]) == (413, "too_large")
    assert memory_kb(product.process.pid) - before < 20_000
    assert upload(maya, b"x")[0] == 201


@pytest.mark.parametrize(
    "line", [b"POST /files/", b"POST /accounts/login/", b"PUT /files/"]
)
def test_who_is_not_signed_in_sends_nothing_large(
    product: Product, line: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", product.port), timeout=10) as wire:
        wire.sendall(line + b" HTTP/1.1\r\nHost: localhost\r\n")
        wire.sendall(b"Content-Length: 5000000\r\n\r\n")

        assert wire.recv(100).startswith(b"HTTP/1.1 413 ")


def test_only_so_many_large_bodies_come_in_at_a_time(
    product: Product, maya: Visitor
) -> None:
    cookies = "; ".join(f"{each.name}={each.value}" for each in maya.jar)
    head = f"POST /files/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n"
    head += "Content-Length: 5000000\r\n\r\n"
    wires = []
    for _ in range(9):
        wires.append(socket.create_connection(("127.0.0.1", product.port), timeout=10))
        wires[-1].sendall(head.encode())
        time.sleep(0.05)
    refused = wires[-1].recv(200)
    for wire in wires:
        wire.close()

    assert refused.startswith(b"HTTP/1.1 503 ") and b"Retry-After" in refused
    time.sleep(0.5)
    assert upload(maya, b"word " * 400_000)[0] == 201  # there is room again


def test_a_reader_that_is_killed_is_replaced(product: Product, maya: Visitor) -> None:
    file = upload(maya, long_pdf(150), "long.pdf")[1]["id"]
    first = reader_of(product)
    os.kill(first.pid, signal.SIGKILL)

    assert when_read(maya, file) == {"status": "ready", "done": 100, "problem": ""}
    assert "Passage 100" in maya.get(f"/files/{file}/?after=99")


def test_a_server_that_is_killed_reads_on_when_it_is_back(
    product: Product, maya: Visitor
) -> None:
    file = upload(maya, long_pdf(300), "long.pdf")[1]["id"]
    child = reader_of(product)
    product.stop(signal.SIGKILL)
    product.start()

    assert when_read(maya, file) == {"status": "ready", "done": 100, "problem": ""}
    assert maya.get(f"/files/{file}/").count('class="quoted"') == 20
    assert not child.is_running()
