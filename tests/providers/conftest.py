"""Servers to talk to: the demo model, and one that says exactly what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from conversations.core.model_api import ChatModel
from conversations.providers import PROVIDERS, ModelServer, open_model
from conversations.providers.demo import DemoModel, start_demo_model
from tests.providers.scripted import ScriptedServer

KEY = "sk-test-Zu7bT0psecret"

OpenModel = Callable[..., ChatModel]


@pytest.fixture
async def steady() -> AsyncIterator[None]:
    """A loop whose clock does not jump: while the machine stands still no time passes,
    so that short waits end for no other reason than the one that is tested.
    """
    loop = asyncio.get_running_loop()
    real = loop.time
    at = told = real()

    def time() -> float:
        nonlocal at, told
        now = real()
        at, told = now, told + min(now - at, 0.05)
        return told

    async def tick() -> None:
        while True:  # or a long sleep would be a jump
            await asyncio.sleep(0.02)

    loop.time = time
    ticking = asyncio.create_task(tick())
    yield
    ticking.cancel()
    loop.time = real


@pytest.fixture
async def demo() -> AsyncIterator[DemoModel]:
    server = await start_demo_model()
    yield server
    await server.close()


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    server = await ScriptedServer.start()
    yield server
    await server.close()


@pytest.fixture(params=sorted(PROVIDERS))
def api(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def open_at(api: str) -> AsyncIterator[OpenModel]:
    """Open a model of the tested API at an address; it is closed after the test."""
    async with AsyncExitStack() as stack:

        def open_(base_url: str, **settings: float) -> ChatModel:
            settings = {"timeout_s": 60, "max_retries": 0} | settings
            model = open_model(api, ModelServer(base_url, KEY, **settings))
            stack.push_async_callback(model.close)
            return model

        yield open_


@pytest.fixture
def model(open_at: OpenModel, demo: DemoModel) -> ChatModel:
    return open_at(demo.base_url)
