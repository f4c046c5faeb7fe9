"""A model server that costs next to nothing and writes the time into every token.

``python -m benchmarks.upstream --port 9100``: OpenAI-compatible (responses and chat
completions, streaming or not). The model's name is its pace: ``paced-50tps-300`` sends
300 tokens, 50 a second, the first of them 200 ms after the request.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import stamps

FIRST_TOKEN = 0.2  # seconds after the request
PARAGRAPH = 40  # tokens
PACE = re.compile(r"paced-(\d+)tps-(\d+)")
TITLE = "A title of four words"
# as long as the real server's, which pads its events against traffic analysis
_PADDING = "qE3xT0vKd9LzRw"

_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def pace_of(model: str) -> tuple[float, int]:
    """(tokens a second, tokens) of a model's name."""
    found = PACE.search(model)
    return (float(found[1]), int(found[2])) if found else (50.0, 100)


def pace(tokens: int, per_second: int = 50) -> str:
    """The name of a model with this pace."""
    return f"paced-{per_second}tps-{tokens}"


class ResponsesEvents:
    """The events of OpenAI's Responses API, as its server words them."""

    def __init__(self, model: str) -> None:
        self._number = 0
        self._answer = {"id": "resp_1", "object": "response", "model": model}
        self._before = (
            "event: response.output_text.delta\n"
            'data: {"type":"response.output_text.delta","content_index":0,'
            f'"item_id":"msg_{"0" * 48}","output_index":0,"logprobs":[],'
            f'"obfuscation":"{_PADDING}","delta":"'
        )

    def start(self) -> str:
        answer = {**self._answer, "status": "in_progress", "output": []}
        return (
            self._event("response.created", response=answer)
            + self._event("response.in_progress", response=answer)
            + self._event("response.output_item.added", item=_item(None))
            + self._event("response.content_part.added", part=_part(""))
        )

    def token(self, text: str) -> str:
        self._number += 1
        return f'{self._before}{text}","sequence_number":{self._number}}}\n\n'

    def end(self, text: str, tokens: int) -> str:
        return (
            self._event("response.output_text.done", text=text)
            + self._event("response.content_part.done", part=_part(text))
            + self._event("response.output_item.done", item=_item(text))
            + self._event("response.completed", response=self.whole(text, tokens))
        )

    def whole(self, text: str, tokens: int) -> dict[str, Any]:
        usage = {"input_tokens": 12, "output_tokens": tokens}
        answer = {"status": "completed", "output": [_item(text)], "usage": usage}
        return {**self._answer, **answer}

    def _event(self, kind: str, **fields: Any) -> str:
        self._number += 1
        data = {"type": kind, "sequence_number": self._number, **fields}
        return f"event: {kind}\ndata: {json.dumps(data)}\n\n"


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _item(text: str | None) -> dict[str, Any]:
    content = [] if text is None else [_part(text)]
    return {"id": "msg_1", "type": "message", "role": "assistant", "content": content}


class ChatEvents:
    """The events of the Chat Completions API."""

    def __init__(self, model: str) -> None:
        self._head = (
            f'data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,'
            f'"model":"{model}","obfuscation":"{_PADDING}",'
        )

    def start(self) -> str:
        return self._choice('{"role":"assistant","content":""}')

    def token(self, text: str) -> str:
        return self._choice(f'{{"content":"{text}"}}')

    def end(self, text: str, tokens: int) -> str:
        usage = json.dumps(self.whole(text, tokens)["usage"])
        last = f'{self._head}"choices":[],"usage":{usage}}}\n\n'
        return self._choice("{}", '"stop"') + last + "data: [DONE]\n\n"

    def whole(self, text: str, tokens: int) -> dict[str, Any]:
        said = {"role": "assistant", "content": text}
        return {
            "object": "chat.completion",
            "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 12, "completion_tokens": tokens},
        }

    def _choice(self, delta: str, reason: str = "null") -> str:
        choice = f'{{"index":0,"delta":{delta},"finish_reason":{reason}}}'
        return f'{self._head}"choices":[{choice}]}}\n\n'


APIS: dict[str, type[ResponsesEvents] | type[ChatEvents]] = {
    "/v1/responses": ResponsesEvents,
    "/v1/chat/completions": ChatEvents,
}


class Reply:
    """One reply on its way: a timer for every token, none of them waits for another."""

    def __init__(
        self,
        transport: asyncio.Transport,
        events: ResponsesEvents | ChatEvents,
        model: str,
        arrived: int,
        over: Callable[[], None],
    ) -> None:
        self._write, self._events, self._over = transport.write, events, over
        per_second, self._tokens = pace_of(model)
        self._every = 1 / per_second
        self._arrived, self._last, self._said = arrived, 0, []
        self._write(_HEAD)
        self._loop = asyncio.get_running_loop()
        self._begin = self._loop.time() + FIRST_TOKEN
        self._timer = self._loop.call_at(self._begin, self._next)

    def cancel(self) -> None:
        self._timer.cancel()

    def _next(self) -> None:
        if not self._said:
            self._send(self._events.start())
        self._said.append(self._text())
        self._send(self._events.token(self._said[-1]))
        if len(self._said) < self._tokens:
            at = self._begin + len(self._said) * self._every
            self._timer = self._loop.call_at(at, self._next)
            return
        text = "".join(self._said).replace("\\n", "\n")
        self._send(self._events.end(text, self._tokens))
        self._write(b"0\r\n\r\n")
        self._over()

    def _text(self) -> str:
        """The next token, as it stands in JSON; no two of a reply are the same."""
        number = len(self._said) + 1
        first = stamps.stamp(stamps.ARRIVED, self._arrived) + " "
        self._last = max(stamps.now(), self._last + 1)
        token = stamps.stamp(stamps.SENT, self._last)
        between = " " if number % PARAGRAPH else "\\n\\n"
        return f"{first if number == 1 else ''}{token}{between}"

    def _send(self, events: str) -> None:
        self._write(b"%x\r\n%b\r\n" % (len(events), events.encode()))


class Connection(asyncio.Protocol):
    """As much HTTP/1.1 as the SDK's two transports speak: one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.received = bytearray()
        self.reply: Reply | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self.reply is not None:
            self.reply.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        for path, body in self._requests():
            self._answer(path, body)

    def _requests(self) -> Iterator[tuple[str, bytes]]:
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].decode("latin-1")
            length = re.search(r"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            after = end + 4 + (int(length[1]) if length else 0)
            if len(self.received) < after:
                return
            body = bytes(self.received[end + 4 : after])
            del self.received[:after]
            yield head.split(" ", 2)[1], body

    def _answer(self, path: str, body: bytes) -> None:
        arrived = stamps.now()
        if path not in APIS:
            self._whole({"error": {"message": "no such path"}}, b"404 Not Found")
            return
        asked = json.loads(body)
        events = APIS[path](asked["model"])
        if not asked.get("stream"):
            self._whole(events.whole(TITLE, 5))
            return
        self.reply = Reply(
            self.transport, events, asked["model"], arrived, self._reply_over
        )

    def _reply_over(self) -> None:
        self.reply = None

    def _whole(self, answer: dict[str, Any], status: bytes = b"200 OK") -> None:
        body = json.dumps(answer).encode()
        self.transport.write(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (status, len(body), body)
        )


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    port = parser.parse_args().port
    gc.disable()  # a pause here would be measured as somebody else's
    asyncio.run(serve(port))


if __name__ == "__main__":
    main()
