"""Requests as they arrive: within a time, and no larger than what they are for."""

from __future__ import annotations

import json
import socket
from typing import Any

from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.web.http import HTTPChannel

from chatsite.headers import usual

ARRIVES_WITHIN = 30  # seconds, for a request with its body; for each MB of an upload
TAKEN_WITHIN = 60  # seconds, for what was written to a reader that is behind
UPLOADS = b"/files/"  # where a body may be large …
LARGE_AT_ONCE = 8  # … which so many may be at a time: each is kept in memory
# what the kernel may keep besides, and how long it believes in a silent peer: without
# these, 4 MB and a quarter of an hour
UNSENT = ("TCP_NOTSENT_LOWAT", 64 * 1024)
UNANSWERED = ("TCP_USER_TIMEOUT", TAKEN_WITHIN * 1000)
TOO_LARGE = ("413 Content Too Large", "too_large", "That is larger than it may be.")
TOO_MANY = (
    "503 Service Unavailable\r\nRetry-After: 10",
    "busy",
    "Many files are being uploaded. Try again in a moment.",
)


class Channel(HTTPChannel):
    """A request has so long to arrive. Twisted gives it as long for every byte."""

    _is_arriving = False

    def connectionMade(self) -> None:
        super().connectionMade()
        self.requestFactory = Request
        for name, value in (UNSENT, UNANSWERED):
            if option := getattr(socket, name, None):  # not on every system
                own = self.transport.getHandle()
                own.setsockopt(socket.IPPROTO_TCP, option, value)

    def resetTimeout(self) -> None:
        if not self._is_arriving:
            super().resetTimeout()
        self._is_arriving = True

    def allContentReceived(self) -> None:
        self._is_arriving = False
        super().allContentReceived()


class Request(WebRequest):
    """A body of bounded size, refused before it is kept. Its fields are read by whoever
    it is for: Twisted would take a form apart first, while everybody waits.
    """

    _is_refused = _is_large = False
    _large = 0  # of all requests

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, parsePOSTFormSubmission=False)
        self._received = 0

    def gotLength(self, length: int | None) -> None:
        super().gotLength(0)  # in memory: a file on the disk would be in plain text
        self._check(length or 0)

    def handleContentChunk(self, data: bytes) -> None:
        usual = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        before, self._received = self._received, self._received + len(data)
        self._check(self._received)
        if not self._is_refused:
            super().handleContentChunk(data)
            if self._received // usual > before // usual:
                self.channel.setTimeout(ARRIVES_WITHIN)

    def process(self) -> Any:
        return self.channel.loseConnection() if self._is_refused else super().process()

    def _check(self, length: int) -> None:
        """Refuse a body that is too large where it goes, or one large body too many."""
        if length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE or self._is_refused:
            return
        if not self._is_upload() or length > settings.UPLOAD_MAX_BODY_SIZE:
            self._refuse(*TOO_LARGE)
        elif not self._is_large and Request._large >= LARGE_AT_ONCE:
            self._refuse(*TOO_MANY)
        elif not self._is_large:
            self._is_large = True
            Request._large += 1
            self.notifyFinish().addBoth(self._let_another_in)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own, which is a page with a style of its own: a sentence will do."""
        headers = [(b"content-type", b"text/plain; charset=utf-8"), *usual()]
        start = {"type": "http.response.start", "status": status, "headers": headers}
        self.handle_reply(start)
        self.handle_reply({"type": "http.response.body", "body": body.encode()})

    def _is_upload(self) -> bool:
        """Twisted tells the request its line only when all of it has come."""
        line = (self.channel._command, self.channel._path)
        signed_in = settings.SESSION_COOKIE_NAME.encode() in self.received_cookies
        return signed_in and line == (b"POST", UPLOADS)

    def _let_another_in(self, _: object) -> None:
        Request._large -= 1

    def _refuse(self, status: str, code: str, sentence: str) -> None:
        self._is_refused = True
        told = json.dumps({"code": code, "message": sentence})
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(told)}\r\nConnection: close\r\n"
        head += "".join(f"{n.decode()}: {v.decode()}\r\n" for n, v in usual())
        head += "\r\n"
        self.transport.write(f"{head}{told}".encode())
        # Closing now would break off a browser that is still sending, and it would not
        # see the answer: what it sends to where files go is thrown away, for a while.
        if not self._is_upload():
            self.channel.loseConnection()
