"""A server that answers every connection with the bytes it was given."""

from __future__ import annotations

import asyncio
import json
from typing import Any

# In a script:
PAUSE = object()  # say nothing more until the client leaves
AGAIN = object()  # wait for the next request on the same connection


class ScriptedServer:
    """Serves ``script`` (bytes, delays in seconds, PAUSE) to each request."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.requests: list[dict[str, Any]] = []
        self.heads: list[str] = []
        self.connections = 0
        self.left = asyncio.Event()

    @classmethod
    async def start(cls) -> ScriptedServer:
        self = cls()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    def answers(
        self,
        body: bytes | list[Any] = b"",
        *,
        status: str = "200 OK",
        kind: str = "text/event-stream",
        **headers: str,
    ) -> None:
        """Answer with this; the end of the body is the end of the connection."""
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {v}" for name, v in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode()
        self.script = [head, *(body if isinstance(body, list) else [body])]

    def answers_in_chunks(self, steps: list[Any]) -> None:
        """Answer with a stream that leaves the connection open for the next request."""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        self.script = [head + b"Transfer-Encoding: chunked\r\n\r\n"]
        for step in steps:
            chunk = isinstance(step, bytes)
            self.script.append(b"%x\r\n%b\r\n" % (len(step), step) if chunk else step)
        self.script += [b"0\r\n\r\n", AGAIN]

    def fails(self, status: str, error: dict[str, Any] | str, **headers: str) -> None:
        """Answer with an error body."""
        body = error if isinstance(error, str) else json.dumps({"error": error})
        self.answers(body.encode(), status=status, kind="application/json", **headers)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            again = True
            while again:
                await self._read_request(reader)
                again = await self._play(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()

    async def _play(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Play the script; return whether another request may follow."""
        for step in self.script:
            if step is AGAIN:
                return True
            if step is PAUSE:
                await reader.read()
                self.left.set()
            elif isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            else:
                await asyncio.sleep(step)
        return False

    async def _read_request(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        sizes = [
            int(line.partition(":")[2])
            for line in head.splitlines()
            if line.lower().startswith("content-length:")
        ]
        body = await reader.readexactly(sizes[0] if sizes else 0)
        self.requests.append(json.loads(body) if body else {})
