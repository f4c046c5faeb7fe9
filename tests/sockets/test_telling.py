"""Telling tabs what changed, when the database cannot be asked."""

from __future__ import annotations

import asyncio

from django.db import OperationalError

from tests import factories


async def test_a_change_is_told_when_the_database_can_be_read_again(
    alice, tab, runner, monkeypatch, caplog
):
    talk = await asyncio.to_thread(factories.create_conversation, alice, title="Rye")
    read, failed = runner.store.sidebar_rows, asyncio.Event()

    async def fails_once(conversations):
        if failed.is_set():
            return await read(conversations)
        failed.set()
        raise OperationalError("gone for a moment")

    async with tab(alice) as socket:
        monkeypatch.setattr(runner.store, "sidebar_rows", fails_once)
        runner.changed(talk.id)
        told = await socket.until("conversation")

    assert failed.is_set() and "gone for a moment" in caplog.text
    assert (told["conversation"], told["title"]) == (str(talk.id), "Rye")
