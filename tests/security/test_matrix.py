"""Who gets what answer at every address: compared with a table that people read.

A line is an address, whose ids are in it, and a method; then one answer for each role.
After a change, ``RECORD_MATRIX=1`` writes the table anew: read what changed in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.security.asking import browser, undone
from tests.security.routes import Route, routes, unknown

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("matrix.txt")
COLUMNS = (
    "anonymous",
    "alice",
    "bob",
    "support",
    "auditor",
    "privacy",
    "administrator",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RECORD = bool(os.environ.get("RECORD_MATRIX"))
ALL = routes()
TOGETHER = 12  # to make Alice's things takes longer than to ask for them
BATCHES = [ALL[start : start + TOGETHER] for start in range(0, len(ALL), TOGETHER)]


def expected(pattern: str) -> list[str]:
    return [
        line
        for line in TABLE.read_text().splitlines()
        if line.split(" | ")[0].strip() == pattern
    ]


def answer(client: Client, method: str, address: str) -> str:
    """Its status; nothing of what it does stays."""
    with undone(client):
        response = client.generic(method, address)
        if response.streaming and not response.is_async:
            b"".join(response)
    to_sign_in = "/accounts/login/" in response.get("Location", "")
    return "door" if to_sign_in else str(response.status_code)


def lines(route: Route, ids: Any, browsers: dict[str, Client]) -> list[str]:
    told = []
    whose = [("alice's", ids(route)), ("nobody's", unknown())]
    for name, values in whose if route.arguments else [("", ids(route))]:
        address = route.place(values)
        for method in METHODS:
            answers = [answer(browsers[who], method, address) for who in COLUMNS]
            told.append(" | ".join([route.pattern, name, method, " ".join(answers)]))
    return told


@pytest.mark.parametrize("batch", BATCHES, ids=[some[0].pattern for some in BATCHES])
def test_everybody_gets_the_answer_in_the_table(
    batch: list[Route], ids_of: Callable[[Route], Any], cast: dict[str, User | None]
) -> None:
    browsers = {name: browser(person) for name, person in cast.items()}
    told = [line for route in batch for line in lines(route, ids_of, browsers)]

    if RECORD:
        with TABLE.open("a") as table:
            table.write("\n".join(told) + "\n")
    assert told == [line for route in batch for line in expected(route.pattern)]
    assert not any(status.startswith("5") for line in told for status in _answers(line))


def _answers(line: str) -> list[str]:
    return line.split(" | ")[3].split()


def test_no_line_is_about_an_address_that_is_gone() -> None:
    patterns = {line.split(" | ")[0] for line in TABLE.read_text().splitlines()}

    assert patterns == {route.pattern for route in ALL}


def test_what_is_alices_is_hers_alone() -> None:
    """Nobody finds at her addresses what they would not find at nobody's."""
    by_place: dict[tuple[str, str], dict[str, list[str]]] = {}
    for line in TABLE.read_text().splitlines():
        pattern, whose, method, _ = line.split(" | ")
        by_place.setdefault((pattern, method), {})[whose.strip()] = _answers(line)
    for (pattern, method), answers in by_place.items():
        if "alice's" not in answers or pattern.startswith("/admin/"):
            continue
        hers, nobodys = answers["alice's"], answers["nobody's"]
        for column, who in enumerate(COLUMNS):
            if who != "alice":
                assert hers[column] == nobodys[column], (pattern, method, who)
