"""A page's socket in the hands of a test: what the page hears, and when nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute


class Line:
    """Of every socket that the page opens from now on."""

    def __init__(self, page: Page) -> None:
        self.opened = 0
        self._alive: WebSocketRoute | None = None
        self.hears: Callable[[dict[str, object]], bool] = lambda frame: True
        page.route_web_socket("**/ws/", self._connect)

    def goes_dead(self) -> None:
        """Open, and nothing arrives any more; a new one is well."""
        self._alive = None

    def _connect(self, socket: WebSocketRoute) -> None:
        self.opened += 1
        self._alive = socket

        def arrived(frame: str) -> None:
            if self._alive is socket and self.hears(json.loads(frame)):
                socket.send(frame)

        socket.connect_to_server().on_message(arrived)
