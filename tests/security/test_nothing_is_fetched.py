"""The server asks nobody for anything but whom its operator named.

So there is no address that a person, a document or a model could have it fetch: not a
list of forbidden addresses protects it, but that nothing fetches.
"""

from __future__ import annotations

import ast
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations.core.markdown import render
from conversations.extraction import readers
from tests.documents import pdf, word
from tests.security.canary import Canary

ROOT = Path(__file__).parents[2]
PACKAGES = ("accounts", "chatsite", "conversations")
# modules that open connections, or whose work it is to speak HTTP
NETWORK = {
    "aiohttp",
    "asyncio.streams",
    "ftplib",
    "http.client",
    "httpx",
    "httpx2",
    "imaplib",
    "openai",
    "poplib",
    "requests",
    "smtplib",
    "socket",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websockets",
}
CALLS = {"open_connection", "create_connection", "urlopen", "getaddrinfo"}
# whom they ask: addresses come from the settings only
ASKED = {
    "conversations/providers": "OPENAI_BASE_URL",
    "chatsite/doctor/machine.py": "errors of the SDK, for OPENAI_BASE_URL",
    "chatsite/bodies.py": "nobody: options of the sockets that come in",
    "accounts/identities": "OIDC_ISSUER",
}


def files() -> Iterator[Path]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            where = path.relative_to(ROOT).as_posix()
            if not where.startswith(tuple(ASKED)):
                yield path


def reaches_out(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names.append(node.module or "")
        elif isinstance(node, ast.Attribute) and node.attr in CALLS:
            names = [node.attr]
        else:
            continue
        for name in names:
            if name in CALLS or any(
                name == each or name.startswith(f"{each}.") for each in NETWORK
            ):
                yield name


def test_the_search_finds_what_it_looks_for() -> None:
    source = "import requests\nfrom urllib.request import urlopen\nloop.getaddrinfo()"

    found = set(reaches_out(ast.parse(source)))

    assert {"requests", "urllib.request", "getaddrinfo"} <= found


@pytest.mark.parametrize("path", list(files()), ids=lambda path: path.stem)
def test_it_opens_no_connection(path: Path) -> None:
    assert list(reaches_out(ast.parse(path.read_text()))) == []


ADDRESSES = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://017700000001:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://127.1:{port}/",
    "http://user@127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/x",
]


def test_the_canary_counts(canary: Canary) -> None:
    with socket.create_connection(("127.0.0.1", canary.port)) as visit:
        assert visit.recv(1) == b""  # it was taken, and closed

    assert canary.visits == 1


def test_no_document_makes_the_server_fetch(canary: Canary) -> None:
    words = " ".join(
        f"![x]({address}) [y]({address}) <img src={address}> @import '{address}'"
        for address in (each.format(port=canary.port) for each in ADDRESSES)
    )
    documents = {"text": words.encode(), "docx": word(words), "pdf": pdf(words)}

    render(words)
    for kind, data in documents.items():
        assert list(readers.read(kind, data, 10))

    assert canary.visits == 0
