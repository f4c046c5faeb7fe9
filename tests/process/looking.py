"""Looking at a product from beside it: its tables, its files, until something is so."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.product import Product

PATIENCE = 120  # seconds; a machine under load is slow, a lost word is for ever
# for ``new_product``: passwords that take no time, where nothing is said about them
QUICK = {"DJANGO_SETTINGS_MODULE": "tests.browser.settings"}


def eventually(look: Callable[[], Any], every: float = 0.05) -> Any:
    """What ``look`` answers, once that is something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(every)
    return found


def open_database(product: Product, name: str = "chat") -> Any:
    return closing(sqlite3.connect(product.var_dir / f"{name}.sqlite3", timeout=60))


def rows(product: Product, sql: str) -> list[Any]:
    with open_database(product) as database:
        return database.execute(sql).fetchall()


def contents(*places: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file in there. A running product takes files away between two looks."""
    for place in places:
        for folder, _, names in os.walk(place):
            for path in (Path(folder, name) for name in names):
                try:
                    data = path.read_bytes() if path.is_file() else None
                except FileNotFoundError:
                    continue
                if data is not None:
                    yield path, data
