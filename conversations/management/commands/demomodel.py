"""``manage.py demomodel``: the offline demo model alone, as an OpenAI-like server."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from conversations.core.tokens import count, install_vocabulary
from conversations.providers.demo import start_demo_model


class Command(BaseCommand):
    help = "Serve the demo model alone, as an OpenAI-compatible server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9200)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        install_vocabulary(settings.TIKTOKEN_CACHE_DIR)
        asyncio.run(self._serve(host, port))

    async def _serve(self, host: str, port: int) -> None:
        ended = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, ended.set)
        model = await start_demo_model(host=host, port=port, count=count)
        self.stdout.write(f"The demo model is at {model.base_url}")
        self.stdout.flush()
        await ended.wait()
        await model.close()
