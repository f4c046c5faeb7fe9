"""``manage.py serve``: the whole product in one process."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.setup import new_setup_link
from chatsite.preparation import prepare
from chatsite.terminal import foreground


class Command(BaseCommand):
    help = "Serve the product: pages, sockets, background work, demo model if needed."

    def add_arguments(self, parser: CommandParser) -> None:
        # read by manage.py before the settings are: they decide some of them
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        prepare(self._say)
        # Daphne installs its event loop on import, and the application its models
        from chatsite.server import ProductServer  # noqa: PLC0415

        address = f"http://{_shown(host)}:{port}"
        server = ProductServer(host, port, lambda: self._greet(address))
        with foreground():
            server.run()
        if server.failure:
            raise CommandError(f"Cannot listen on {host}:{port}: {server.failure}")

    def _greet(self, address: str) -> None:
        self._say(f"{settings.SITE_NAME} is at {address}/")
        if link := new_setup_link():
            self._say(
                f"No administrator yet. Set one up, once, at {address}/setup/{link}/"
            )
        if settings.DEMO_MODEL:
            self._say(
                "The built-in demo model answers. Set OPENAI_API_KEY or"
                " OPENAI_BASE_URL for a real one."
            )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _shown(host: str) -> str:
    """A host one can open in a browser on this machine."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host
