"""A person's conversation in a terminal: one more transport for a ``Connection``.

The runner lives in a thread with an event loop of its own, so that this one may wait
for the keyboard; frames come over in a queue.
"""

from __future__ import annotations

import asyncio
import queue
import re
import signal
import threading
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import orjson

from conversations.connection import Connection
from conversations.core.hub import TEXT
from conversations.runner import Runner, the_runner
from conversations.services import commanding

# what would move the cursor, or do worse, when a model says it to a terminal
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Person(Connection):
    """Whoever may run commands on this machine needs no session."""

    def __init__(self, runner: Runner, person: UUID, frames: queue.SimpleQueue[str]):
        async def send(frame: str) -> None:
            frames.put(frame)

        async def close(code: int) -> None:  # whoever waits for an answer gets one
            told = {"type": "error", "code": "auth", "message": "The line was closed."}
            frames.put(orjson.dumps(told).decode())

        super().__init__(runner, "", send, close)
        self._who = person

    def _turned_away(self) -> int:
        return 0

    async def _sign_in(self) -> bool:
        self.person = self._who
        return True

    async def _admit(self) -> bool:
        return True

    async def _is_signed_in(self, by_itself: bool) -> bool:
        return True


class Screen:
    """Writes text as it comes, and remarks, dim where there are colours, between it."""

    def __init__(self, write: Callable[[str], object], *, colours: bool) -> None:
        self._write = write
        self._dim, self._plain = ("\x1b[2m", "\x1b[0m") if colours else ("", "")
        self._in_line = False

    def text(self, text: str) -> None:
        """What goes on where the last text ended."""
        text = _CONTROLS.sub("", text)
        if text:
            self._write(text)
            self._in_line = not text.endswith("\n")

    def line(self, text: str) -> None:
        """A line, or more, of its own."""
        self._end_line()
        self.text(f"{text}\n")

    def remark(self, text: str) -> None:
        """About the talk, not of it."""
        self._end_line()
        self._write(f"{self._dim}{_CONTROLS.sub('', text)}{self._plain}\n")

    def _end_line(self) -> None:
        if self._in_line:
            self.text("\n")


class Terminal:
    """``model`` answers instead of the conversation's own, until /model is said."""

    def __init__(
        self,
        person: UUID,
        screen: Screen,
        *,
        conversation: UUID | None = None,
        model: str = "",
    ) -> None:
        self.conversation = conversation
        self._person, self._screen, self._model = person, screen, model
        self._frames: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._turn = ""  # that is answered now
        self._printed = 0  # code points of its reply
        self._stopped = self._is_waiting = self._summarises = False

    # --- its life
    def __enter__(self) -> Terminal:
        self._thread.start()
        self._runner: Runner = self._do(the_runner())
        self._line = Person(self._runner, self._person, self._frames)
        self._do(self._line.open())
        return self

    def __exit__(self, *problem: object) -> None:
        self._line.closed()
        self._do(self._runner.close(grace=0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # --- talking
    def say(self, text: str) -> None:
        """Send a message or a command, and show all of what answers it."""
        request = str(uuid.uuid4())
        fields = {"id": request, "text": text, "format": TEXT}
        if self.conversation is not None:
            fields["conversation"] = str(self.conversation)
        if self._model:
            fields["model"] = self._model
        self._turn, self._printed = "", 0
        self._stopped = self._summarises = False
        self._is_waiting = True
        with self._interrupts():
            self._send("send", **fields)
            while self._is_waiting:
                frame = orjson.loads(self._frames.get())
                self._is_waiting = not self._take(frame, request, text)
        self._screen.line("")

    def _send(self, type_: str, **fields: Any) -> None:
        frame = orjson.dumps({"type": type_, **fields}).decode()
        asyncio.run_coroutine_threadsafe(self._line.receive(frame), self._loop)

    def _take(self, frame: dict[str, Any], request: str, text: str) -> bool:
        """Show a frame; whether it is the last of the answer."""
        kind, is_ours = frame["type"], frame.get("turn") == self._turn
        # of a frame that is too large the server reads no id
        if frame.get("id") == request or (kind == "error" and frame.get("id") is None):
            return self._acknowledged(frame, text)
        if kind == "notice" and self._summarises:  # how that went
            self._screen.remark(frame["message"])
            return True
        if not self._turn or not is_ours:
            return False
        if kind in ("snapshot", "delta"):
            self._grew(frame, frame["offset"])
            return False
        if kind == "tool" and frame["status"] != "running":
            self._screen.remark(f"· {frame['summary']}")
        if kind == "end":
            self._ended(frame)
        return kind == "end"

    def _acknowledged(self, frame: dict[str, Any], text: str) -> bool:
        if frame["type"] == "error":
            self._screen.remark(f"! {frame['message']}")
            return True
        if frame["conversation"]:
            self.conversation = UUID(frame["conversation"])
        if frame["turn"] is None:
            notice = frame.get("notice", "")
            self._screen.remark(notice)
            self._summarises = notice == commanding.SUMMARISING
            if text.startswith("/model "):
                self._model = ""
            if text.startswith("/help"):
                self._screen.remark("quit or Ctrl-D leaves; Ctrl-C stops a reply")
            return not self._summarises
        self._turn = frame["turn"]
        if self._stopped:
            self._stop()
        return False

    def _grew(self, frame: dict[str, Any], offset: int) -> None:
        """A snapshot's offset is that of its end, a delta's that of its beginning."""
        new = frame["text"]
        start = offset - len(new) if frame["type"] == "snapshot" else offset
        if not self._stopped:
            self._screen.text(new[max(0, self._printed - start) :])
            self._printed = max(self._printed, start + len(new))

    def _ended(self, frame: dict[str, Any]) -> None:
        if frame["status"] == "stopped":
            self._screen.remark("Stopped. What you saw is kept.")
        if frame["error"]:
            self._screen.remark(f"! {frame['error']['message']}")
        used, cost = frame["usage"], frame["cost_usd"]
        cached = f" ({used['cached']:,} cached)" if used["cached"] else ""
        tokens = f"{used['input']:,} tokens in{cached}, {used['output']:,} out"
        self._screen.remark(f"{tokens}, ${cost:.4f}" if cost else f"{tokens}, $0")

    # --- Ctrl-C
    @property
    def is_stopping(self) -> bool:
        """A reply was to be stopped and has not ended yet."""
        return self._stopped and self._is_waiting

    @contextmanager
    def _interrupts(self) -> Iterator[None]:
        """While a reply comes, Ctrl-C stops it; once more, and the person leaves."""
        before = signal.signal(signal.SIGINT, lambda *_: self._interrupt())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self) -> None:
        if self._stopped:
            raise KeyboardInterrupt
        self._stopped = True
        if self._turn:
            self._stop()

    def _stop(self) -> None:
        self._send("stop", turn=self._turn, seen=self._printed)
