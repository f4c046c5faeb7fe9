"""Work in the background that nobody asked for."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from accounts.audit import checkpoints
from conversations import upkeep
from conversations.services import indexing
from conversations.store import Store
from tests import factories
from tests.sockets.conftest import PATIENCE, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def store():
    made = Store(uuid.uuid4())
    yield made
    await asyncio.to_thread(made.close)


def nothing_missing() -> bool:
    return indexing.Missing().count() == 0


@pytest.fixture
def keeping(store, monkeypatch):
    monkeypatch.setattr(upkeep, "PAUSE", 0)
    return upkeep.Upkeep(store)


async def test_what_an_older_version_left_is_indexed(alice, keeping, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 2)
    await asyncio.to_thread(factories.create_conversation, alice, messages=5)
    running = asyncio.create_task(keeping.run())
    await until(nothing_missing)
    await asyncio.to_thread(factories.create_conversation, alice, messages=1)
    keeping.wake()
    await until(nothing_missing)
    running.cancel()


async def test_a_piece_that_fails_stops_no_other(keeping, monkeypatch, caplog):
    done = asyncio.Event()

    async def breaks(store):
        raise ValueError("of no use")

    async def works(store):
        done.set()
        return False

    monkeypatch.setattr(upkeep, "UPKEEP", {breaks: 60.0, works: 60.0})
    running = asyncio.create_task(keeping.run())
    await asyncio.wait_for(done.wait(), PATIENCE)
    running.cancel()
    assert "upkeep: breaks failed" in caplog.text


async def test_the_audit_log_gets_its_checkpoint(alice, store, settings, tmp_path):
    settings.VAR_DIR = tmp_path  # that Alice was added is in the log

    assert await upkeep.checkpoint_audit(store) is False
    assert await upkeep.checkpoint_audit(store) is False

    (told,) = checkpoints.read(checkpoints.path())
    assert told.seq == 1
    assert upkeep.UPKEEP[upkeep.checkpoint_audit] == 300
