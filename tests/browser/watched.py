"""Pages that remember everything they complained about."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, Response


class Complaints:
    """What went wrong on the pages of one test, except what it expects to."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._expected: list[str] = []
        self._heard: list[str] = []

    def expect(self, *parts: str) -> None:
        """Complaints that contain one of these are part of the test."""
        self._expected += parts

    @property
    def unexpected(self) -> list[str]:
        return [
            complaint
            for complaint in self._heard
            if not any(part in complaint for part in self._expected)
        ]

    def listen(self, context: BrowserContext) -> None:
        context.on("page", self._listen_to)

    def _listen_to(self, page: Page) -> None:
        # refusals of the content security policy are console errors, too
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("response", self._on_response)

    def _on_console(self, message: object) -> None:
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self._heard.append(f"{message.type}: {message.text} ({where})")

    def _on_error(self, error: object) -> None:
        # the browser's own, of a page that comes so late that it only appears
        if not str(error).startswith("Transition was aborted"):
            self._heard.append(f"error: {error}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500 and response.url.startswith(self._address):
            self._heard.append(f"{response.status}: {response.url}")
