"""A model that does whatever it reads: the worst that an injected instruction can find.

It speaks Chat Completions over real HTTP. Each line ``CALL name {…}`` anywhere in what
it is sent, be it said by a person, written in a document or remembered, is a call of
that tool, offered or not; when those were answered it repeats all it was told to SAY.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

CALL = re.compile(r"CALL (\S+) (.*)")
SAY = re.compile(r"SAY (.*)")


class Obedient(ThreadingHTTPServer):
    """``asked`` is what it was sent, request by request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def sent(self) -> str:
        """All it was ever told, as one text."""
        return json.dumps(self.asked, ensure_ascii=False)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Obedient

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        if not asked.get("stream"):
            return self._answer()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        told = "\n".join(_texts(asked["messages"]))
        calls = [] if _answered(asked["messages"]) else CALL.findall(told)
        if calls:
            self._delta({"tool_calls": [_call(n, *c) for n, c in enumerate(calls)]})
            self._delta({}, "tool_calls")
        else:
            self._delta({"content": "\n\n".join(["Done.", *SAY.findall(told)])})
            self._delta({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True
        return None

    def _delta(self, delta: dict[str, Any], reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        told = {"id": "x", "object": "chat.completion.chunk", "model": "obedient"}
        self.wfile.write(
            b"data: " + json.dumps(told | {"choices": [choice]}).encode() + b"\n\n"
        )

    def _answer(self) -> None:
        said = {"role": "assistant", "content": "A title"}
        choice = {"index": 0, "message": said, "finish_reason": "stop"}
        body = json.dumps({"choices": [choice], "usage": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given: Any) -> None:
        pass


def _call(number: int, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {
        "index": number,
        "id": f"call_{number}",
        "type": "function",
        "function": function,
    }


def _texts(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        content = message.get("content") or ""
        if isinstance(content, list):
            content = "\n".join(part.get("text", "") for part in content)
        yield content


def _answered(messages: list[dict[str, Any]]) -> bool:
    """Whether the tools have answered since the person spoke last."""
    roles = [message["role"] for message in messages]
    return "tool" in roles[len(roles) - roles[::-1].index("user") :]


@contextmanager
def obedient() -> Iterator[Obedient]:
    """For OPENAI_BASE_URL, with OPENAI_API=chat."""
    with Obedient() as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
