"""The tool calls of a running turn, shown to who watches it."""

from __future__ import annotations

from conversations.core import frames
from conversations.core.live_reply import LiveReply
from conversations.core.model_api import ToolUse
from conversations.core.tool_loop import CallEnd
from conversations.core.tools import ToldCall, ToolResult
from conversations.core.turn import Briefing
from conversations.services.shown_calls import line
from conversations.store import Store


class LiveCalls:
    """``Calls`` of one turn."""

    def __init__(self, store: Store, reply: LiveReply, briefing: Briefing) -> None:
        self._store, self._reply, self._briefing = store, reply, briefing
        self._offsets: dict[str, int] = {}

    async def run(self, call: ToolUse) -> ToolResult:
        offset = self._offsets[call.call_id]
        return await self._store.run_tool(self._briefing, call, offset)

    def started(self, call: ToolUse, offset: int) -> None:
        self._offsets[call.call_id] = offset
        self._tell(call, "running")

    def ended(self, call: ToolUse, end: CallEnd) -> None:
        self._tell(call, end.status, end.result.summary)

    def _tell(self, call: ToolUse, status: str, told: str = "") -> None:
        words = line(call.name, status, told)
        shown = ToldCall(call.call_id, call.name, status, words)
        self._reply.tell_aside(call.call_id, frames.tool(self._briefing, shown))
