"""``manage.py worker``: the background work alone, beside servers."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import uuid
from typing import Any

from django.core.management.base import BaseCommand

from chatsite.preparation import prepare
from conversations.services import embedding
from conversations.store import Store
from conversations.upkeep import UPKEEP, Upkeep


class Command(BaseCommand):
    help = (
        "Do the background work: read files, index, carry out data requests, remove"
        " what was kept long enough. Any number of them may run, beside servers too."
    )

    def handle(self, **options: Any) -> None:
        prepare(self.stdout.write)
        asyncio.run(self._work())
        self.stdout.write("Stopped.")

    async def _work(self) -> None:
        """Until Ctrl-C or SIGTERM; a piece that has begun is finished."""
        store = Store(uuid.uuid4())
        working = asyncio.create_task(Upkeep(store).run())
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, working.cancel)
        names = ", ".join(piece.__name__.replace("_", " ") for piece in UPKEEP)
        self.stdout.write(f"Working: {names}.")
        self.stdout.flush()
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await working
        finally:
            await asyncio.to_thread(store.close)
            await asyncio.to_thread(embedding.close)
