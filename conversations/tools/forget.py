"""Forgetting a fact about the person, when they ask for it."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts import facts
from conversations.core.model_api import ToolSpec, ToolUse
from conversations.core.tools import ToolProblem, ToolResult
from conversations.tools.bench import Bench


class Forget:
    needs: ClassVar = "facts"
    spec: ClassVar = ToolSpec(
        "forget",
        "Forget a remembered fact about the person, when they ask for it or say that "
        "it is no longer true.",
        {
            "type": "object",
            "properties": {
                "key": {"type": "string", "description": "The key of the fact"}
            },
            "required": ["key"],
        },
    )

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def run(self, arguments: dict[str, Any], call: ToolUse) -> ToolResult:
        key = arguments["key"]
        fact = await self._bench.do(facts.forget, self._bench.owner, key)
        if fact is None:
            raise ToolProblem(f"Nothing is remembered as “{key[:64]}”.")
        told = f"Forgot {fact.key}"
        return ToolResult(told, summary=told)
