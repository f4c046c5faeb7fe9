"""An erasure whose process is killed, again and again, ends as one that was not."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.process.looking import PATIENCE, contents, eventually, open_database, rows
from tests.process.visitor import PASSWORD, Visitor
from tests.product import ROOT, Product

pytestmark = pytest.mark.process

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


def others_rows(product: Product) -> dict[str, list[Any]]:
    """What is Bob's, byte for byte."""
    ((bob,),) = rows(
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
        table: rows(
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
    deadline = time.monotonic() + PATIENCE
    with open_database(product) as database:
        while process.poll() is None and not is_at_work(database, at):
            assert time.monotonic() < deadline, "it never came so far"
            time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    ((step, status),) = rows(
        product, "SELECT step, status FROM accounts_datarequest WHERE kind = 'erase'"
    )
    return step if status == "running" else ""


def is_at_work(database: sqlite3.Connection, at: str) -> bool:
    """A process that takes it over has one try more on the row until it did a piece."""
    with suppress(sqlite3.OperationalError):
        found = database.execute(
            "SELECT step FROM accounts_datarequest WHERE kind = 'erase'"
            f" AND attempts = 0 AND heartbeat > '{LONG_AGO}'"
        ).fetchall()
        steps = [step for (step,) in found if step in KILLED_AT]
        return any(KILLED_AT.index(step) >= KILLED_AT.index(at) for step in steps)
    return False


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
        for file, data in contents(place)
        for needle in needles
        if needle in data
    )


def id_of(product: Product) -> str:
    return rows(product, f"SELECT id FROM accounts_user WHERE email = '{EMAIL}'")[0][0]


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
    ((told,),) = eventually(
        lambda: rows(
            product,
            "SELECT certificate FROM accounts_datarequest"
            " WHERE kind = 'erase' AND status = 'done'",
        )
    )
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
    assert rows(product, "SELECT count(*) FROM conversations_message") == [(0,)]
    product.stop()
    place = product.var_dir
    assert files_with(place, [MARK.encode()]) == []
    left = files_with(place, [user_id.encode(), bytes.fromhex(user_id)])
    assert all("keys.sqlite3" in each for each in left)
