from __future__ import annotations

import asyncio

import pytest

from conversations.core import ending
from conversations.core.background import Background


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(ending, "AGAIN", 0.01)


async def keeps(times: int, told: list[str]) -> None:
    """Swallows so many cancellations."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            told.append("cancelled")
            if len(told) > times:
                raise


async def fails() -> None:
    try:
        await asyncio.sleep(3600)
    finally:
        raise ValueError("of no use")


async def test_what_keeps_a_cancellation_to_itself_is_cancelled_again():
    told: list[str] = []
    tasks = [
        asyncio.create_task(work) for work in (keeps(3, told), keeps(0, []), fails())
    ]
    await asyncio.sleep(0)

    async with asyncio.timeout(30):
        await ending.end(tasks)

    assert all(task.done() for task in tasks) and len(told) == 4


async def test_nothing_to_end_is_the_end():
    await ending.end([])


async def test_work_in_the_background_is_ended_so():
    told: list[str] = []
    background = Background()
    background.add(keeps(2, told))
    await asyncio.sleep(0)

    async with asyncio.timeout(30):
        await background.close()

    assert len(told) == 3
