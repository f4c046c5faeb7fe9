"""A reply while it grows: its text, its rendering, and what watchers get of it.

The reply is its own log. A cursor into it is an offset in code points; whoever says
how much they have gets the rest as a snapshot, then every change as it comes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from uuid import UUID

from conversations.core import frames
from conversations.core.hub import HTML, TEXT, Hub, Listener
from conversations.core.markdown import MarkdownStream
from conversations.core.model_api import ReadPacer

RENDER_EVERY = 0.04  # seconds; a reader sees no difference below
RENDER_SHARE = 10  # rendering takes at most a tenth of the time, however long a block


class LiveReply:
    def __init__(
        self,
        turn: UUID,
        conversation: UUID,
        message: UUID,
        hub: Hub,
        pacer: ReadPacer,
        text: str = "",
        asides: Mapping[str, str] | None = None,
    ) -> None:
        """``text`` and ``asides``: what a reply that goes on has already, stored and
        all.
        """
        self.turn, self.conversation, self.message = turn, conversation, message
        self._hub, self._pacer = hub, pacer
        self._parts = [text] if text else []
        self.length = len(text)  # code points
        self._saved_parts = len(self._parts)
        self._saved_length = len(text)
        self._markdown: MarkdownStream | None = None
        self._rendered = 0  # code points the HTML shows
        self._seq = 0
        self._render_due = 0.0
        self._render_timer: asyncio.TimerHandle | None = None
        self._asides = dict(asides or {})

    # --- growing
    def append(self, text: str) -> None:
        """Add what arrived and pass it on."""
        offset, self.length = self.length, self.length + len(text)
        self._parts.append(text)
        listeners = self._hub.watchers(self.conversation, TEXT)
        if listeners:
            frame = frames.delta(self.turn, offset, text)
            for listener in listeners:
                listener.deliver(frame)
        if self._markdown is not None:
            self._markdown.feed(text)
            self._schedule_render()

    def tell_aside(self, about: str, frame: str) -> None:
        """Tell watchers of something beside the text, if it is news; who comes later
        is told the latest ``about`` each such thing.
        """
        if self._asides.get(about) != frame:
            self._asides[about] = frame
            self._hub.tell_watchers(self.conversation, frame)

    @property
    def is_watched(self) -> bool:
        return bool(self._hub.watchers(self.conversation))

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def unsaved(self) -> tuple[int, str]:
        """(offset, text) that no checkpoint has yet."""
        return self._saved_length, "".join(self._parts[self._saved_parts :])

    def saved_up_to(self, offset: int, text: str) -> None:
        """A checkpoint with ``unsaved()`` of that moment was committed."""
        assert offset == self._saved_length  # noqa: S101 - checkpoints are sequential
        self._saved_length = offset + len(text)
        found = offset
        while found < self._saved_length:
            found += len(self._parts[self._saved_parts])
            self._saved_parts += 1

    # --- being watched
    def show(self, listener: Listener, format: str, offset: int = 0) -> None:
        """Give one watcher what there is; from here on they get every change."""
        self._show_text(listener, format, offset)
        for frame in self._asides.values():
            listener.deliver(frame)

    def _show_text(self, listener: Listener, format: str, offset: int) -> None:
        if format == TEXT:
            text = self.text[offset:] if offset < self.length else ""
            listener.deliver(self._snapshot(offset=self.length, text=text))
            return
        if self._markdown is None:
            self._markdown = MarkdownStream()
            self._markdown.feed(self.text)
            self._markdown.flush()
            self._rendered = self.length
        closed, tail = self._markdown.closed_html, self._markdown.open_html
        listener.deliver(
            self._snapshot(
                offset=self._rendered,
                html=closed + tail,
                open=len(tail.encode("utf-16-le")) // 2,
                blocks=self._markdown.closed_blocks,
                seq=self._seq,
            )
        )

    def finish(self) -> str | None:
        """No more text: render the end. The whole HTML, if anybody watched it."""
        if self._render_timer is not None:
            self._render_timer.cancel()
        if self._markdown is None:
            return None
        self._render(last=True)
        return self._markdown.html

    def cancel_rendering(self) -> None:
        """The text will be cut, so what was rendered is not what will be stored."""
        if self._render_timer is not None:
            self._render_timer.cancel()
        self._markdown = None

    # --- inside
    def _snapshot(self, **fields: object) -> str:
        return frames.encode(
            "snapshot",
            turn=self.turn,
            conversation=self.conversation,
            message=self.message,
            status="running",
            **fields,
        )

    def _schedule_render(self) -> None:
        if self._render_timer is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time(), self._render_due)
            self._render_timer = loop.call_at(at, self._render)

    def _render(self, last: bool = False) -> None:
        self._render_timer = None
        if self._markdown is None:
            return
        began = time.perf_counter()
        patch = self._markdown.finish() if last else self._markdown.flush()
        self._rendered = self.length
        if patch is not None:
            self._seq += 1
            frame = frames.encode(
                "patch",
                turn=self.turn,
                seq=self._seq,
                offset=self._rendered,
                keep=patch.keep,
                html=patch.html,
                done=patch.done,
                blocks=patch.blocks,
            )
            self._hub.tell_watchers(self.conversation, frame, HTML)
        spent = time.perf_counter() - began
        wait = max(RENDER_EVERY + 4 * self._pacer.pause(), RENDER_SHARE * spent)
        self._render_due = asyncio.get_running_loop().time() + wait
