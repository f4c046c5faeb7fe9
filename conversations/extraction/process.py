"""The server's side of looking into a file: start the process, believe it little.

Its environment is empty, so it has none of the server's secrets; what it says is
checked; and it is killed when it takes too long or says too much.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

from conversations.extraction.found import (
    End,
    Event,
    Found,
    Malformed,
    decode_events,
    decode_found,
)

ROOT = Path(__file__).resolve().parents[2]
LOOKED_WITHIN = 20.0  # seconds
READ_WITHIN = 180.0  # seconds
TICK = 2.0  # seconds of silence after which a reader is told that nothing came
LONGEST_LINE = 1024 * 1024  # bytes
MOST_LINES = 100_000
AT_ONCE = 2  # processes that look at uploads; each may take much memory
_slots = threading.BoundedSemaphore(AT_ONCE)

BROKE_OFF = "It could not be read: what reads such files broke off."
TOO_LONG = "It took too long to be read."
BROKEN = End(BROKE_OFF, failed=True)


class Unreadable(Exception):
    """Nothing came of looking. ``str()`` is a sentence for the person."""


def inspect(data: bytes) -> Found:
    """What ``data`` is. Blocks for a fraction of a second; raises ``Unreadable``."""
    with _slots:
        try:
            done = subprocess.run(  # noqa: S603 - our own words only
                _command("inspect"),
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={},
                timeout=LOOKED_WITHIN,
            )
        except subprocess.TimeoutExpired:
            raise Unreadable(TOO_LONG) from None
    try:
        if done.returncode == 0:
            return decode_found(done.stdout)
    except Malformed:
        pass
    raise Unreadable(BROKE_OFF)


async def read(
    kind: str, data: bytes, *, pages: int, within: float = READ_WITHIN
) -> AsyncIterator[list[Event]]:
    """What is in ``data``, as it is read; nothing, in long silences. The last event is
    an ``End``; whoever leaves earlier must close the iterator, which ends the process.
    """
    process = await asyncio.create_subprocess_exec(
        *_command("read", kind, str(pages)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=ROOT,
        env={},
        limit=LONGEST_LINE,
    )
    feeding = asyncio.create_task(_feed(process, data))
    try:
        async for events in _events(process, time.monotonic() + within):
            yield events
    finally:
        if process.returncode is None:
            process.kill()
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await process.wait()


async def _events(process: Process, until: float) -> AsyncIterator[list[Event]]:
    answers = cast(asyncio.StreamReader, process.stdout)
    for _ in range(MOST_LINES):
        if (left := until - time.monotonic()) <= 0:
            yield [End(TOO_LONG, failed=True)]
            return
        try:
            line = await asyncio.wait_for(answers.readline(), min(TICK, left))
            events = decode_events(line)  # nothing at all is malformed, too
        except TimeoutError:
            yield []
            continue
        except (Malformed, ValueError):
            yield [BROKEN]
            return
        yield events
        if any(isinstance(event, End) for event in events):
            return
    yield [BROKEN]


async def _feed(process: Process, data: bytes) -> None:
    questions = cast(asyncio.StreamWriter, process.stdin)
    try:
        questions.write(data)
        await questions.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it ended before it read everything, and its answer says why
    finally:
        questions.close()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-B", "-E", "-s", "-m", "conversations.extraction", *words]
