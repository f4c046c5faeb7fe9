"""Reading people's files in the background: a process reads, this one keeps."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from functools import partial

from django.db import DatabaseError

from conversations import conf
from conversations.extraction import process
from conversations.extraction.found import Event
from conversations.services import files, reading_files
from conversations.services.reading_files import Reading
from conversations.store import Store

log = logging.getLogger(__name__)
KEPT_EVERY = 1.0  # seconds; how often a page sees how far it is
KEPT_AT = 2_000  # events
TRIES = 2  # a reader that breaks off may have been ended by something else
LOOK_AGAIN = 3.0  # seconds, while another process reads: it may die


async def read_files(store: Store) -> bool:
    """Read the file that waits longest. Whether more may come soon."""
    reading = await store.chore(partial(reading_files.claim, store.runner))
    if reading is None:
        if not await store.chore(reading_files.are_read_elsewhere):
            return False
        await asyncio.sleep(LOOK_AGAIN)
        return True
    try:
        for _ in range(TRIES):
            await _read(store, reading)
            if reading.is_over:
                break
            await store.chore(reading.begin_again)
        else:
            await store.chore(partial(reading.fail, process.BROKE_OFF))
    except DatabaseError:
        raise  # it is taken up again when its heart has stopped long enough
    except Exception:
        log.exception("file %s could not be read", reading.file.id)
        await store.chore(partial(reading.fail, reading_files.BROKE))
    return True


async def purge_uploads(store: Store) -> bool:
    """Delete what was uploaded and never sent."""
    return bool(await store.chore(files.purge_unsent))


async def _read(store: Store, reading: Reading) -> None:
    """Until it is over, or its process breaks off."""
    data = await store.chore(reading.data)
    if data is None:
        return
    pages = conf.file_limits().pages
    events: list[Event] = []
    kept = time.monotonic()
    async with aclosing(process.read(reading.file.kind, data, pages=pages)) as read:
        async for more in read:
            if more == [process.BROKEN]:
                return
            events += more
            if len(events) < KEPT_AT and time.monotonic() - kept < KEPT_EVERY:
                continue
            await store.chore(partial(reading.take, events))
            events, kept = [], time.monotonic()
            if reading.is_over:
                return
    await store.chore(partial(reading.take, events))
