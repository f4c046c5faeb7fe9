"""Reading on where a prompt held only the beginning."""

from __future__ import annotations

from typing import Any, ClassVar

from conversations.core.model_api import ToolSpec, ToolUse
from conversations.core.tools import ToolProblem, ToolResult
from conversations.services import reading_on
from conversations.tools.bench import Bench


class ReadMore:
    needs: ClassVar = "shortened"
    spec: ClassVar = ToolSpec(
        "read_more",
        "Read on in a long message or tool output of which you were shown only the "
        "beginning. The handle stands where it was cut.",
        {
            "type": "object",
            "properties": {
                "handle": {
                    "type": "string",
                    "description": "As it stands there: message … or tool call …",
                },
                "offset": {
                    "type": "integer",
                    "description": "Characters to skip; at first 0",
                },
            },
            "required": ["handle"],
        },
    )

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def run(self, arguments: dict[str, Any], call: ToolUse) -> ToolResult:
        bench, offset = self._bench, max(0, arguments.get("offset", 0))
        handle = arguments["handle"]
        found = await bench.do(
            reading_on.passage, bench.owner, bench.conversation, handle, offset
        )
        if found is None:
            raise ToolProblem("There is no such handle in this conversation.")
        part = f"characters {offset:,} to {found.end:,} of {found.length:,}"
        told = f"Read on in a long text: {part}"
        return ToolResult(f"{told}\n{found.text}", short=told, summary=told)
