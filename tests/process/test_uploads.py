"""Files at the real server: bounded, read in the background, never in plain text."""

from __future__ import annotations

import json
import re
import select
import signal
import socket
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.machine import memory_kb
from tests import documents
from tests.process.looking import PATIENCE, QUICK, contents, eventually
from tests.process.visitor import Visitor
from tests.product import Product

pytestmark = pytest.mark.process

EDGE = "understory"
LARGE = 5_000_000  # bytes


@pytest.fixture(scope="module")
def started(
    new_product: Callable[..., Product], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """What is temporary it has in a place of its own."""
    place = tmp_path_factory.mktemp("temporary")
    made = new_product(SIGNUP_OPEN="true", TMPDIR=str(place), **QUICK)
    yield made
    made.stop()


@pytest.fixture
def product(started: Product) -> Product:
    if started.process is None:  # the test before killed it
        started.start()
    return started


@pytest.fixture
def maya(product: Product) -> Visitor:
    return Visitor(product.address).sign_up(f"{uuid.uuid4().hex}@example.org")


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
    eventually(lambda: standing(visitor, file)["done"] == 100)
    return standing(visitor, file)


def long_pdf(pages: int) -> bytes:
    """No two of them are the same."""
    line = f"The harbour {uuid.uuid4()} freezes in a cold spring, opens in May."
    return documents.pdf(*[f"Page {n}\n" + f"{line}\n" * 40 for n in range(pages)])


def readers_of(product: Product) -> list[psutil.Process]:
    assert product.process is not None
    found = []
    for each in psutil.Process(product.process.pid).children(recursive=True):
        with suppress(psutil.Error):  # it ended
            if "read" in each.cmdline()[-3:-2]:
                found.append(each)
    return found


def held_reader(
    product: Product, visitor: Visitor, pages: int
) -> tuple[str, psutil.Process]:
    """A file, and the process that reads it, which stands still in the middle of it.
    One that was read before anybody saw it is let go, and another uploaded.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        file = upload(visitor, long_pdf(pages), "long.pdf")[1]["id"]
        while standing(visitor, file)["done"] < 100:
            for reader in readers_of(product):
                with suppress(psutil.Error):
                    reader.suspend()
                    time.sleep(0.5)  # what it said before is taken in
                    if standing(visitor, file)["done"] < 100:
                        return file, reader
    raise AssertionError("nobody was seen to read")


def has_ended(process: psutil.Process) -> bool:
    """Or only waits for somebody to take note of it."""
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_a_large_file_is_kept_sealed_and_read(product: Product, maya: Visitor) -> None:
    shared = Path(tempfile.gettempdir())  # what reads files knows no other place
    before = set(shared.iterdir())
    data = b"ZEPHYRWORD %07d is said.\n\n" % 7 * 400_000
    status, told = upload(maya, data[:10_000_000], "ZEPHYRNAME.txt")
    assert (status, told["status"]) == (201, "waiting")
    read = when_read(maya, told["id"])

    assert read["problem"] == "Only its first two million characters were read."
    assert maya.get(f"/files/{told['id']}/content").encode() == data[:10_000_000]
    own = [product.var_dir, Path(product.environment["TMPDIR"])]
    made = list(contents(*own))
    assert len(made) > 4
    made += [(each, readable(each)) for each in set(shared.iterdir()) - before]
    for path, held in made:
        assert b"ZEPHYRWORD" not in held and b"ZEPHYRNAME" not in held, path


def readable(path: Path) -> bytes:
    """A file where others write, too: theirs come and go, or are not for us."""
    with suppress(FileNotFoundError, PermissionError):
        return path.read_bytes() if path.is_file() else b""
    return b""


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
    with connected(product) as wire:
        wire.sendall(line + b" HTTP/1.1\r\nHost: localhost\r\n")
        wire.sendall(b"Content-Length: %d\r\n\r\n" % LARGE)

        assert wire.recv(100).startswith(b"HTTP/1.1 413 ")


def connected(product: Product) -> socket.socket:
    return socket.create_connection(("127.0.0.1", product.port), timeout=PATIENCE)


def test_only_so_many_large_bodies_come_in_at_a_time(
    product: Product, maya: Visitor
) -> None:
    cookies = "; ".join(f"{each.name}={each.value}" for each in maya.jar)
    head = f"POST /files/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n"
    head += f"Content-Length: {LARGE}\r\n\r\n"
    with ExitStack() as stack:
        wires = [stack.enter_context(connected(product)) for _ in range(9)]
        for wire in wires:
            wire.sendall(head.encode())
        select.select(wires, [], [], PATIENCE)
        maya.get("/livez")  # all that came before has been looked at
        (refused,) = select.select(wires, [], [], 0)[0]  # whichever came last
        answer = refused.recv(200)

    assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After" in answer
    large = b"word" + b" " * 1_200_000
    status, told = eventually(lambda: not_busy(*upload(maya, large)))
    assert status == 201  # there is room again
    when_read(maya, told["id"])


def not_busy(status: int, told: Any) -> tuple[int, Any] | None:
    return None if status == 503 else (status, told)


def test_a_reader_that_is_killed_is_replaced(product: Product, maya: Visitor) -> None:
    file, first = held_reader(product, maya, 150)
    first.kill()

    assert when_read(maya, file) == {"status": "ready", "done": 100, "problem": ""}
    assert "Passage 100" in maya.get(f"/files/{file}/?after=99")


def test_a_server_that_is_killed_reads_on_when_it_is_back(
    product: Product, maya: Visitor
) -> None:
    file, child = held_reader(product, maya, 60)
    product.stop(signal.SIGKILL)
    child.resume()
    product.start()

    assert when_read(maya, file) == {"status": "ready", "done": 100, "problem": ""}
    assert maya.get(f"/files/{file}/").count('class="quoted"') == 20
    eventually(lambda: has_ended(child))
