"""An erasure whose process is killed, again and again, ends as one that was not."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.process.visitor import PASSWORD, Visitor
from tests.product import ROOT, Product

pytestmark = pytest.mark.process

PATIENCE = 120  # seconds; a machine under load is slow, a lost erasure is for ever
MARK = "wharfinger"  # a word of hers that nobody else says
EMAIL = f"{MARK}@example.org"
TALKS = 6
LONG_AGO = "2020-01-01 00:00:00"
# in the middle of these it is killed, each time it gets there first
KILLED_AT = (
    "turns",
    "messages",
    "conversations",
    "the account",
    "searching",
    "the key",
)


@pytest.fixture
def product(new_product: Callable[..., Product]) -> Iterator[Product]:
    made = new_product(SIGNUP_OPEN="true").start()
    yield made
    made.stop()


async def talk(visitor: Visitor, name: str, talks: int) -> None:
    async with visitor.tab() as tab:
        for number in range(talks):
            await tab.ask(f"My name is {name}, and this is talk {number}.")


def open_database(product: Product, name: str = "chat") -> Any:
    return closing(sqlite3.connect(product.var_dir / f"{name}.sqlite3", timeout=20))


def asked(product: Product, sql: str) -> list[Any]:
    with open_database(product) as database:
        return database.execute(sql).fetchall()


def others_rows(product: Product) -> dict[str, list[Any]]:
    """What is Bob's, byte for byte."""
    ((bob,),) = asked(
        product, "SELECT id FROM accounts_user WHERE email = 'bob@example.org'"
    )
    tables = {
        "accounts_user": "id",
        "conversations_conversation": "owner_id",
        "conversations_message": "owner_id",
        "conversations_turn": "owner_id",
        "conversations_indexentry": "owner_id",
    }
    return {
        table: asked(
            product, f"SELECT * FROM {table} WHERE {column} = '{bob}' ORDER BY 1"
        )
        for table, column in tables.items()
    }


def begin(product: Product) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        product._command("eraseuser", EMAIL, "--yes"),
        cwd=ROOT,
        env=product.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed_at(product: Product, at: str) -> str:
    """Begin it, and kill it when it has done a piece at this step or behind it; the
    step. "" when it was faster.
    """
    process = begin(product)
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(sqlite3.OperationalError):
            if is_at_work(product, at):
                break
    process.send_signal(signal.SIGKILL)
    process.wait()
    ((step, status),) = asked(
        product, "SELECT step, status FROM accounts_datarequest WHERE kind = 'erase'"
    )
    return step if status == "running" else ""


def is_at_work(product: Product, at: str) -> bool:
    """A process that takes it over has one try more on the row until it did a piece."""
    rows = asked(
        product,
        "SELECT step FROM accounts_datarequest WHERE kind = 'erase' AND attempts = 0"
        f" AND heartbeat > '{LONG_AGO}'",
    )
    steps = [step for (step,) in rows if step in KILLED_AT]
    return any(KILLED_AT.index(step) >= KILLED_AT.index(at) for step in steps)


def taken_for_dead(product: Product) -> None:
    """As after the twenty seconds that a heart may stop."""
    with open_database(product) as database, database:
        database.execute(
            f"UPDATE accounts_datarequest SET heartbeat = '{LONG_AGO}'"
            " WHERE status = 'running'"
        )


def files_with(place: Path, needles: list[bytes]) -> list[str]:
    return sorted(
        f"{needle!r} in {file.relative_to(place)}"
        for file in place.rglob("*")
        if file.is_file()
        for data in [file.read_bytes()]
        for needle in needles
        if needle in data
    )


def id_of(product: Product) -> str:
    return asked(product, f"SELECT id FROM accounts_user WHERE email = '{EMAIL}'")[0][0]


async def test_killed_again_and_again_it_ends_the_same(product: Product) -> None:
    alice = Visitor(product.address).sign_up(EMAIL)
    bob = Visitor(product.address).sign_up("bob@example.org")
    await talk(bob, "Bob", 2)
    await talk(alice, MARK, TALKS)
    product.stop()
    before = others_rows(product)
    user_id = id_of(product)
    sought = [
        MARK.encode(),
        user_id.encode(),
        bytes.fromhex(user_id),
        PASSWORD.encode(),
    ]
    assert files_with(product.var_dir, [MARK.encode(), user_id.encode()])

    survived = []
    for at in KILLED_AT:
        if step := killed_at(product, at):
            survived.append(step)
        taken_for_dead(product)
    assert len(survived) >= 3, survived

    product.start()  # whose upkeep goes on with what the dead left, if they left any
    until = time.monotonic() + PATIENCE
    status = ""
    while status != "done" and time.monotonic() < until:
        ((status, told),) = asked(
            product,
            "SELECT status, certificate FROM accounts_datarequest WHERE kind = 'erase'",
        )
        time.sleep(0.1)
    assert status == "done"
    assert json.loads(told)["remains"] == {}
    assert others_rows(product) == before
    verified = product.manage("verifyaudit")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    at = Visitor(product.address).post(
        "/accounts/login/", email=EMAIL, password=PASSWORD
    )
    assert at.endswith("/accounts/login/")  # nobody is known by that address
    assert product.stop() == 0

    left = files_with(product.var_dir, sought)
    # who must not come back with a backup is a random number on a list
    listed = [each for each in left if "keys.sqlite3" in each]
    assert left == listed and all(user_id in each for each in listed)


async def test_it_works_beside_the_running_product(product: Product) -> None:
    alice = Visitor(product.address).sign_up(EMAIL)
    await talk(alice, MARK, 2)
    user_id = id_of(product)
    async with alice.tab() as tab:
        await tab.say("Tell me a long story.", model="demo-slow-20")

        done = product.manage("eraseuser", EMAIL, "--yes")

        assert done.returncode == 0, done.stdout + done.stderr
        with pytest.raises(Exception, match="4401|close|no close frame"):
            while True:
                await tab.until("never")
    (file,) = (product.var_dir / "certificates").iterdir()
    verified = product.manage("verifycertificate", str(file))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert asked(product, "SELECT count(*) FROM conversations_message") == [(0,)]
    product.stop()
    place = product.var_dir
    assert files_with(place, [MARK.encode()]) == []
    left = files_with(place, [user_id.encode(), bytes.fromhex(user_id)])
    assert all("keys.sqlite3" in each for each in left)
