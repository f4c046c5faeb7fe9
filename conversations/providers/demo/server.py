"""Start and stop the demo model: a real server in the event loop of the caller."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from conversations.providers.demo.endpoints import (
    Count,
    Endpoints,
    Stats,
    estimated_tokens,
)

# How long open streams may go on when the server stops.
_GRACE_S = 0.1


@dataclass(slots=True)
class DemoModel:
    """A running demo model. ``base_url`` is what ``OPENAI_BASE_URL`` would be."""

    base_url: str
    stats: Stats
    _runner: web.AppRunner = field(repr=False)

    async def close(self) -> None:
        """Stop serving and drop every stream."""
        await self._runner.cleanup()


async def start_demo_model(
    host: str = "127.0.0.1", port: int = 0, count: Count = estimated_tokens
) -> DemoModel:
    """Serve the demo model; ``port`` of 0 takes a free one."""
    endpoints = Endpoints(count)
    runner = web.AppRunner(
        endpoints.app(),
        # A client that leaves ends the work for it at once.
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=_GRACE_S,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{runner.addresses[0][1]}/v1"
    return DemoModel(url, endpoints.stats, runner)
