"""What a model may call, and what it is told when that goes wrong.

Whatever a model asks for, it gets a result it can read: an unknown tool, arguments of
the wrong shape and a tool that fails are answers, never the end of the turn.
"""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from conversations.core.model_api import ToolSpec, ToolUse
from conversations.core.tokens import PER_ITEM

log = logging.getLogger(__name__)

_ID_CHARACTERS = string.ascii_letters + string.digits
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave.

    ``text`` is what the model reads now, ``short`` what stays in later prompts ("" when
    that is the text), ``summary`` one line for the person. ``ok`` is false when the
    text says what went wrong.
    """

    text: str
    short: str = ""
    summary: str = ""
    ok: bool = True


@dataclass(frozen=True, slots=True)
class ToldCall:
    """A call as who watches its turn is told of it; ``summary`` is one line."""

    call_id: str
    name: str
    status: str
    summary: str


class ToolProblem(Exception):
    """A tool cannot do what it was asked; ``str()`` tells the model why."""


class Tool(Protocol):
    """Something a model may call. One is made for each turn, so it knows for whom.

    ``run`` is given arguments that fit the spec. It may raise ``ToolProblem``. It is
    cancelled when the person stops the reply or when it takes too long.
    """

    @property
    def spec(self) -> ToolSpec: ...

    async def run(self, arguments: dict[str, Any], call: ToolUse) -> ToolResult: ...


RunTool = Callable[[ToolUse], Awaitable[ToolResult]]
"""Runs one call; it raises nothing but what cancels it."""


class Toolbox:
    """The tools of one turn, by name."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What is offered to the model; always in the same order, for its cache."""
        return tuple(tool.spec for tool in self._tools.values())

    async def run(self, call: ToolUse) -> ToolResult:
        """Run one call. What goes wrong is a result; see ``RunTool``."""
        try:
            tool = self._tools.get(call.name)
            if tool is None:
                raise ToolProblem(self._unknown(call.name))
            arguments = read_arguments(call.arguments)
            check_arguments(arguments, tool.spec.parameters)
            return await tool.run(arguments, call)
        except ToolProblem as problem:
            return failed(str(problem))
        except Exception:
            # Its message may hold anything, so neither model nor person is shown it.
            log.exception("the tool %s failed", call.name)
            return failed("The tool had a problem of its own.")

    def _unknown(self, name: str) -> str:
        known = ", ".join(self._tools) or "none"
        return f'There is no tool "{name}". The tools are: {known}.'


def failed(why: str) -> ToolResult:
    """Return the result that tells the model ``why`` there is no other."""
    return ToolResult(f"Error: {why}", summary=why, ok=False)


def read_arguments(text: str) -> dict[str, Any]:
    """Read what a model wrote; raises ``ToolProblem`` for anything but an object."""
    try:
        value = orjson.loads(text or "{}")
        if isinstance(value, str):  # models like to wrap them a second time
            value = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise ToolProblem("The arguments are not valid JSON.") from None
    if not isinstance(value, dict):
        raise ToolProblem("The arguments must be a JSON object.")
    return value


def check_arguments(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raise ``ToolProblem`` when a required argument is missing or a type is wrong.

    It looks at ``required``, ``type`` and ``enum`` of the first level and no further.
    """
    for name in schema.get("required", ()):
        if name not in arguments:
            raise ToolProblem(f'The argument "{name}" is missing.')
    properties = schema.get("properties", {})
    for name, value in arguments.items():
        wanted = properties.get(name)
        if wanted is None:
            if schema.get("additionalProperties") is False:
                raise ToolProblem(f'There is no argument "{name}".')
            continue
        kinds = wanted.get("type", ())
        kinds = (kinds,) if isinstance(kinds, str) else kinds
        if kinds and not any(_is(value, kind) for kind in kinds):
            raise ToolProblem(
                f'The argument "{name}" must be of type {" or ".join(kinds)}.'
            )
        if "enum" in wanted and value not in wanted["enum"]:
            options = ", ".join(map(str, wanted["enum"]))
            raise ToolProblem(f'The argument "{name}" must be one of: {options}.')


def new_call_id() -> str:
    """Make an id for a call that has none: in Mistral's form, which all others take."""
    return "".join(secrets.choice(_ID_CHARACTERS) for _ in range(9))


def tool_tokens(specs: Iterable[ToolSpec], count: Callable[[str], int]) -> int:
    """Return about how many tokens it takes to describe the tools to a model."""
    return sum(
        PER_ITEM
        + count(
            orjson.dumps(
                {
                    "name": spec.name,
                    "description": spec.description,
                    "parameters": dict(spec.parameters),
                }
            ).decode()
        )
        for spec in specs
    )


def call_tokens(call: ToolUse, output: str, count: Callable[[str], int]) -> int:
    """Return how many tokens a call and ``output`` of it take in a prompt."""
    asked = PER_ITEM + count(call.name) + count(call.arguments)
    return asked + PER_ITEM + count(output)


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"  # Python calls it an integer as well
    return isinstance(value, _TYPES.get(kind, (object,)))
