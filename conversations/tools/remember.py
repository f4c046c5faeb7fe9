"""Remembering a fact about the person, when the model thinks it worth it."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts import facts
from accounts.models import Fact
from conversations.core.model_api import ToolSpec, ToolUse
from conversations.core.tools import ToolProblem, ToolResult
from conversations.tools.bench import Bench


class Remember:
    needs: ClassVar = "facts"
    spec: ClassVar = ToolSpec(
        "remember",
        "Remember one lasting fact about the person, such as their name or diet, for "
        "all later conversations. Only what they said themselves and will want known; "
        "never a secret, a guess, or something about health, faith or politics unless "
        "they ask for it. The same key again replaces its value.",
        {
            "type": "object",
            "properties": {
                "key": {"type": "string", "description": "One or two words: diet"},
                "value": {"type": "string", "description": "The fact, in short"},
                "importance": {"type": "number", "description": "0 to 1; usually 0.5"},
            },
            "required": ["key", "value"],
        },
    )

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def run(self, arguments: dict[str, Any], call: ToolUse) -> ToolResult:
        importance = arguments.get("importance")
        try:
            done = await self._bench.do(
                facts.remember,
                self._bench.owner,
                arguments["key"],
                arguments["value"],
                importance=None if importance is None else float(importance),
                source=Fact.Source.MODEL,
                source_message=self._bench.reply,
            )
        except facts.BadFact as problem:
            raise ToolProblem(str(problem)) from None
        did = "Remembered" if done.changed else "Known already:"
        told = f"{did} {done.fact.key}: {done.fact.value}"
        return ToolResult(told, summary=told)
