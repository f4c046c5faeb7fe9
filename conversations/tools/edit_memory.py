"""Writing in core memory: the two blocks that go with every turn."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts import core_memory
from accounts.models import CoreMemory
from conversations.core.model_api import ToolSpec, ToolUse
from conversations.core.tools import ToolProblem, ToolResult
from conversations.tools.bench import Bench

NAMES = {"assistant": "how it is with you", "person": "what it knows of you"}


class EditMemory:
    needs: ClassVar = "facts"
    spec: ClassVar = ToolSpec(
        "edit_memory",
        "Write in your core memory, which you are shown in every conversation. Block "
        "“assistant” is how you are to be with this person, “person” what matters most "
        "about them. “new” is added at the end, or takes the place of “old”; an empty "
        "“new” takes “old” out. Only what they said or asked for; never a secret.",
        {
            "type": "object",
            "properties": {
                "block": {"type": "string", "enum": list(core_memory.LABELS)},
                "new": {"type": "string", "description": "A short sentence or line"},
                "old": {
                    "type": "string",
                    "description": "The exact words it replaces, if any",
                },
            },
            "required": ["block", "new"],
        },
    )

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def run(self, arguments: dict[str, Any], call: ToolUse) -> ToolResult:
        block, new = arguments["block"], arguments["new"]
        old = arguments.get("old", "")
        given = (block, old, new) if old else (block, new)
        try:
            done = await self._bench.do(
                core_memory.replace if old else core_memory.append,
                self._bench.owner,
                *given,
                source=CoreMemory.Source.MODEL,
                source_message=self._bench.reply,
            )
        except core_memory.BadMemory as problem:
            raise ToolProblem(str(problem)) from None
        told = f"{'Noted' if done.changed else 'Noted already'}, {NAMES[block]}: "
        told += new.strip() or f"without “{old.strip()}”"
        return ToolResult(told, summary=told)
