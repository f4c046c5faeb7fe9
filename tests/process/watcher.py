"""A tab that forgets no frame, and minds whether they fit together."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from tests.process.visitor import Tab


class Watcher:
    """What a tab is told of turns and of the sidebar, by id.

    Fails on a gap, an overlap, words that change, a second end, text after the end,
    and on two turns of one conversation that run at once.
    """

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.texts: dict[str, str] = {}
        self.ends: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.running: dict[str, str] = {}  # conversation: turn
        self.snapshots: dict[str, int] = {}

    # --- asking
    async def request(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Ask for a turn; the answer to it, an acknowledgement or an error."""
        sent = str(uuid.uuid4())
        await self.tab.send(type_, id=sent, format="text", **fields)
        while (frame := await self.next()).get("id") != sent:
            pass
        return frame

    async def watch(self, ack: dict[str, Any]) -> None:
        where = {"conversation": ack["conversation"], "turn": ack["turn"]}
        await self.tab.send("watch", **where, format="text")

    # --- waiting
    async def next(self) -> dict[str, Any]:
        frame = json.loads(await self.tab.wire.recv())
        take = getattr(self, f"_on_{frame['type']}", None)
        if take is not None:
            take(frame)
        return frame

    async def until(self, true: Callable[[], Any]) -> None:
        while not true():
            await self.next()

    async def has(self, turn: str, length: int) -> None:
        await self.until(lambda: len(self.texts.get(turn, "")) >= length)
        assert turn not in self.ends

    async def end(self, turn: str) -> str:
        """The whole text."""
        await self.until(lambda: turn in self.ends)
        return self.texts[turn]

    async def row(self, conversation: str, **fields: Any) -> dict[str, Any]:
        """The conversation's line in the sidebar, once it reads like this."""
        await self.until(
            lambda: fields.items() <= self.rows.get(conversation, {}).items()
        )
        return self.rows[conversation]

    # --- being told
    def _on_conversation(self, frame: dict[str, Any]) -> None:
        self.rows[frame["conversation"]] = frame

    def _on_turn(self, frame: dict[str, Any]) -> None:
        if frame["status"] == "running":
            here = self.running.setdefault(frame["conversation"], frame["turn"])
            assert here == frame["turn"], "two turns of a conversation run at once"

    def _on_snapshot(self, frame: dict[str, Any]) -> None:
        turn, new = frame["turn"], frame["text"]
        assert turn not in self.ends, "a snapshot after the end"
        self.snapshots[turn] = self.snapshots.get(turn, 0) + 1
        text, start = self.texts.get(turn, ""), frame["offset"] - len(new)
        assert start <= len(text), "a gap"
        assert text[start:].startswith(new) or new.startswith(text[start:])
        self.texts[turn] = text[:start] + new

    def _on_delta(self, frame: dict[str, Any]) -> None:
        turn = frame["turn"]
        assert turn in self.texts, "a delta before the snapshot"
        assert turn not in self.ends, "a delta after the end"
        assert frame["offset"] == len(self.texts[turn]), "a gap or an overlap"
        self.texts[turn] += frame["text"]

    def _on_end(self, frame: dict[str, Any]) -> None:
        turn = frame["turn"]
        assert turn not in self.ends, "a second end"
        assert frame["offset"] <= len(self.texts[turn])
        self.texts[turn] = self.texts[turn][: frame["offset"]]
        self.ends[turn] = frame
        if self.running.get(frame["conversation"]) == turn:
            del self.running[frame["conversation"]]
