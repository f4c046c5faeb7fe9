"""A model that says back what it is told, whatever that is: an attacker's mouth.

It speaks Chat Completions over real HTTP. Besides the text it sends what a malicious
server might: events of unknown types, and fields that nobody asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PIECE = 7  # characters a chunk: tags come in two


class _Parrot(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = _last_words(asked["messages"])
        if asked.get("stream"):
            self._stream(said)
        else:
            self._answer({"choices": [_choice(message={"content": said[:80]})]})

    def _stream(self, said: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b'event: script\ndata: {"eval": "alert(1)"}\n\n')
        for start in range(0, len(said), PIECE):
            delta = {"content": said[start : start + PIECE], "html": "<b>evil</b>"}
            self._event({"choices": [_choice(delta=delta)]})
        self._event({"choices": [_choice(delta={}, finish_reason="stop")]})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _event(self, told: dict[str, Any]) -> None:
        told |= {"id": "x", "object": "chat.completion.chunk", "model": "parrot"}
        self.wfile.write(b"data: " + json.dumps(told).encode() + b"\n\n")

    def _answer(self, told: dict[str, Any]) -> None:
        body = json.dumps(told | {"usage": {"prompt_tokens": 1}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given: Any) -> None:
        pass


def _choice(**fields: Any) -> dict[str, Any]:
    return {"index": 0, "finish_reason": None} | fields


def _last_words(messages: list[dict[str, Any]]) -> str:
    content = [m["content"] for m in messages if m["role"] == "user"][-1]
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


@contextmanager
def parrot() -> Iterator[str]:
    """Its address, for OPENAI_BASE_URL, with OPENAI_API=chat."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Parrot) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()
