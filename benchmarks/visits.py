"""Visits to the pages of one person; import when Django is ready."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import filling, machine
from benchmarks.figures import median, percentile
from benchmarks.people import make_person
from conversations.services.listing import ORDERS

LONG = 1_000  # messages of the long conversation
FAR = 20  # pages further down a list
_TALKS = ("conversation of", "the same")
_BODIES = re.compile(r'"conversations_message"."(body|html)"|\bm\.body\b')


@dataclass(frozen=True, slots=True)
class Visit:
    """``median`` and ``p95`` in milliseconds, ``size`` in bytes."""

    page: str
    queries: int
    median: float
    p95: float
    size: int
    bodies: bool
    sql: list[str] = field(repr=False, default_factory=list)

    @property
    def is_list(self) -> bool:
        return not self.page.startswith(_TALKS)

    def record(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "sql"}


class Reader:
    """A person with conversations, and their browser."""

    def __init__(self, messages: int, visits: int) -> None:
        self._messages, self._visits = messages, visits
        self._person = make_person("reader")
        self._client = Client(headers={"host": "localhost"})
        self._client.force_login(self._person)
        self._short = filling.converse(self._person, "A short talk", messages)
        self._long = filling.converse(self._person, "A long talk", LONG)

    def more(self, conversations: int) -> None:
        filling.fill(self._person, conversations, self._messages)

    def visit_all(self) -> list[Visit]:
        machine.until_calm()
        return [self._visit(name, address) for name, address in self._pages().items()]

    def _pages(self) -> dict[str, str]:
        """Names and addresses; further pages are where their links lead."""
        long = f"/c/{self._long.id}/"
        pages = {
            "new conversation, with the sidebar": "/",
            "sidebar, second page": self._follow("/", "data-next"),
            f"sidebar, page {FAR}": self._follow("/", "data-next", FAR),
        }
        for sort in ORDERS:
            pages[f"library, by {sort}"] = f"/c/?sort={sort}"
        first = "/c/?sort=-created"
        return pages | {
            f"library, page {FAR}": self._follow(first, 'rel="next"', FAR),
            "library, archived": "/c/?show=archived",
            "library, trash": "/c/?show=trash",
            "library, a word in titles": "/c/?q=77",
            f"conversation of {self._messages}": f"/c/{self._short.id}/",
            f"conversation of {LONG:,}": long,
            "the same, older messages": self._follow(long, "data-older"),
        }

    def _follow(self, address: str, mark: str, times: int = 1) -> str:
        """Where a link leads, so many pages on or as far as there are any."""
        for _ in range(times):
            page = self._get(address).decode()
            links = (link for link in re.findall(r"<a [^>]*>", page) if mark in link)
            link = next(links, None)
            if link is None:
                break
            found = re.search(r'href="([^"]+)"', link)
            address = found[1].replace("&amp;", "&")
        return address

    def _visit(self, name: str, address: str) -> Visit:
        size = len(self._get(address))
        with CaptureQueriesContext(connection) as captured:
            self._get(address)
        sql = [query["sql"] for query in captured.captured_queries]
        spent = []
        for _ in range(self._visits):
            began = time.perf_counter()
            self._get(address)
            spent.append(1000 * (time.perf_counter() - began))
        bodies = any(_BODIES.search(query) for query in sql)
        return Visit(
            name, len(sql), median(spent), percentile(spent, 95), size, bodies, sql
        )

    def _get(self, address: str) -> bytes:
        response = self._client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address}: {response.status_code}")
        return b"".join(response) if response.streaming else response.content
